package c4csim

import (
	"fmt"
	"mime"
	"net/http"
	"strings"
)

func (s *Simulator) odataWrite(c *call) answer {
	o := c.odata
	t := entitySets[o.root]
	switch {
	case c.odataErr != nil:
		return parameterError(c.odataErr)
	case o.root == "$batch" && len(o.path) == 0:
		return s.batch(c)
	case functions[o.root] != nil:
		return odataError(problem{status: http.StatusNotImplemented, text: "Not simulated"}).refuse()
	case t == nil || len(o.path) > 1:
		return odataError(*problemNotFound()).refuse()
	}
	if kind, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type")); o.method != http.MethodDelete &&
		(err != nil || kind != "application/json") {
		return odataError(problem{status: http.StatusUnsupportedMediaType,
			text: "Content type must be application/json"}).refuse()
	}
	switch {
	case o.method == http.MethodPost && !o.keyed && len(o.path) == 0:
		return s.post201(c, t, c.body, nil)
	case o.method == http.MethodPost && o.keyed && len(o.path) == 1:
		return s.postChild(c, t)
	case o.keyed && len(o.path) == 0 && (o.method == http.MethodPatch || o.method == http.MethodDelete):
		return s.changeEntity(c, t)
	}
	return odataError(problem{status: http.StatusMethodNotAllowed, text: "Method not allowed"}).refuse()
}

// postChild creates below a parent: POST ServiceRequestCollection('…')/ServiceRequestTextCollection.
func (s *Simulator) postChild(c *call, t *entityType) answer {
	parent := s.db.get(t.name, c.odata.key)
	nav, known := t.navigations[c.odata.path[0]]
	if parent == nil || !known || !nav.many || entityTypes[nav.target].parent != t.name {
		return odataError(*problemNotFound()).refuse()
	}
	return s.post201(c, entityTypes[nav.target], c.body, parent)
}

func (s *Simulator) post201(c *call, t *entityType, body []byte, parent *row) answer {
	if !t.creatable {
		return odataError(problem{status: http.StatusMethodNotAllowed, text: "Entity set " + t.set +
			" is not creatable"}).refuse()
	}
	d, p := readDraft(t, body, nil)
	if p != nil {
		return odataError(*p).refuse()
	}
	if parent != nil {
		d.props["ParentObjectID"] = parent.id
	}
	r, p := s.create(d)
	if p != nil {
		return odataError(*p).refuse()
	}
	s.changed()
	v, err := s.entity(c, t, r, nil, nil)
	if err != nil {
		return parameterError(err)
	}
	a := jsonAnswer(http.StatusCreated, one(c, v))
	if c.r.Header.Get("odata-no-response-payload") == "true" {
		a = newAnswer(http.StatusCreated, "", nil)
	}
	a.header.Set("location", address(c, t, r.id))
	a.header.Set("etag", r.etag())
	return a
}

func (s *Simulator) changeEntity(c *call, t *entityType) answer {
	key := c.odata.key
	if key != strings.ToUpper(key) && s.db.get(t.name, strings.ToUpper(key)) != nil {
		return odataError(*problemInternalField()).refuse()
	}
	r := s.db.get(t.name, key)
	if r == nil {
		return odataError(*problemNotFound())
	}
	if match := c.r.Header.Get("If-Match"); match != "" && match != "*" && match != r.etag() {
		return odataError(problem{status: http.StatusPreconditionFailed,
			text: "The entity tag does not match; the object was changed"}).refuse()
	}
	var p *problem
	if c.odata.method == http.MethodDelete {
		p = s.deleteEntity(r)
	} else {
		p = s.updateEntity(r, c.body)
	}
	if p != nil {
		return odataError(*p).refuse()
	}
	s.changed()
	a := newAnswer(http.StatusNoContent, "", nil)
	if c.odata.method == http.MethodPatch {
		a.header.Set("etag", r.etag())
	}
	return a
}

func (s *Simulator) deleteEntity(r *row) *problem {
	if !r.typ.deletable {
		return &problem{status: http.StatusMethodNotAllowed, text: "Entity set " + r.typ.set + " is not deletable"}
	}
	if p := s.ownerWritable(r); p != nil {
		return p
	}
	s.db.remove(r)
	return nil
}

// ownerWritable returns why the object, or the ticket it belongs to, cannot be changed now.
func (s *Simulator) ownerWritable(r *row) *problem {
	owner := r
	if r.typ.parent != "" {
		owner = s.db.get(r.typ.parent, r.text("ParentObjectID"))
	}
	if owner == nil {
		return nil
	}
	if p := s.lockedProblem(owner.id); p != nil {
		return p
	}
	if owner.typ.name == typeTicket && !openTicket(owner) && owner != r {
		return problemReadOnly("Ticket " + owner.text("ID"))
	}
	return nil
}

func (s *Simulator) updateEntity(r *row, body []byte) *problem {
	if !r.typ.updatable {
		return &problem{status: http.StatusMethodNotAllowed, text: "Entity set " + r.typ.set + " is not updatable"}
	}
	d, p := readDraft(r.typ, body, r)
	if p != nil {
		return p
	}
	if p := s.ownerWritable(r); p != nil {
		return p
	}
	if p := s.checkParties(d); p != nil {
		return p
	}
	now := s.now()
	switch r.typ.name {
	case typeTicket:
		return s.updateTicket(r, d)
	case typeProfile:
		if p := s.rebind(r, d); p != nil {
			return p
		}
	}
	for name, v := range d.props {
		s.db.assign(r, name, v)
	}
	if r.typ.name == typeCustomer {
		s.deriveCustomer(r)
	}
	s.db.touch(r, now)
	return nil
}

// updateTicket changes a ticket. A completed one accepts only a status, a closed one not even that.
func (s *Simulator) updateTicket(t *row, d draft) *problem {
	const property = "ServiceRequestUserLifeCycleStatusCode"
	code, withStatus := d.props[property]
	delete(d.props, property)
	st, known := statusNamed(fmt.Sprint(code))
	switch {
	case withStatus && (!known || st.Code != code):
		return invalid("User status is not configured for processing type " + t.text("ProcessingTypeCode"))
	case t.text("ServiceRequestLifeCycleStatusCode") == "4":
		return problemDisabled("ticket " + t.text("ID") + " is closed")
	case !openTicket(t) && len(d.props) > 0:
		return problemReadOnly("Ticket " + t.text("ID"))
	}
	for name, v := range d.props {
		s.db.assign(t, name, v)
	}
	s.nameParties(t)
	s.db.set(t, s.now(), "LastChangedBy", "Technical User")
	if withStatus {
		if event := s.changeStatus(t, st, "Technical User"); event != nil {
			s.announce(event)
		}
	}
	return nil
}
