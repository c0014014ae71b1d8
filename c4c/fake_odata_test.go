package c4c

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	odataKey    = regexp.MustCompile(`^(\w+)\('([^']*)'\)(?:/(\w+))?$`)
	odataFilter = regexp.MustCompile(`^(\w+) eq (?:guid)?'((?:[^']|'')*)'$`)
	odataSince  = regexp.MustCompile(`^(\w+) ge datetimeoffset'([^']+)'$`)
)

// required and children of the sets that can be created.
var (
	odataRequired = map[string][]string{
		"SocialMediaUserProfileCollection": {"SocialMediaUserCategoryCode"},
		"SocialMediaActivityCollection": {"SocialMediaMessageID", "SocialMediaUserProfileUUID", "CategoryCode",
			"SocialMediaActivityProviderID", "Text"},
		"IndividualCustomerCollection":             {"LastName", "RoleCode"},
		customerTextSet:                            {"ParentObjectID", "Text"},
		"ServiceRequestTextCollectionCollection":   {"ParentObjectID", "TypeCode", "Text"},
		"ServiceRequestAttachmentFolderCollection": {"ParentObjectID", "CategoryCode", "Binary", "Name"},
	}
	odataChildren = map[string]string{
		"SocialMediaUserProfileUserInformation": "SocialMediaUserProfileUserInformationCollection",
		"ServiceRequestTextCollection":          "ServiceRequestTextCollectionCollection",
		customerTextNavigation:                  customerTextSet,
		"ServiceRequestAttachmentFolder":        "ServiceRequestAttachmentFolderCollection",
		"SocialMediaActivityAttachmentFolder":   "SocialMediaActivityAttachmentFolderCollection",
	}
)

// serviceDocument is C4C's answer at the root of the service.
const serviceDocument = `{"d":{"EntitySets":[]}}`

// problem is C4C's answer instead of data: detail goes to sap-message, as in the real one.
type problem struct {
	status       int
	code, detail string
}

func (f *fake) serveOData(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	path := r.PathValue("path")
	if path == "" {
		f.serveRoot(w, r)
		return
	}
	if p := f.checkOData(w, r); p != nil {
		f.fail(w, p)
		return
	}
	if owner, ok := strings.CutSuffix(path, "/Binary/$value"); ok {
		f.serveContent(w, owner)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	switch r.Method {
	case http.MethodGet:
		f.getOData(w, r, path)
	case http.MethodPost:
		if path == batchPath {
			f.serveBatch(w, r)
			return
		}
		f.postOData(w, r, path)
	case http.MethodPatch:
		f.patchOData(w, r, path)
	default:
		f.fail(w, &problem{405, "", "Method not allowed"})
	}
}

func (f *fake) serveContent(w http.ResponseWriter, path string) {
	file, _, p := f.one(path)
	if p == nil && file.text("CategoryCode") == "3" {
		p = &problem{404, "", "a link has no content"}
	}
	if p != nil {
		f.fail(w, p)
		return
	}
	content, _ := base64.StdEncoding.DecodeString(file.text("Binary"))
	w.Header().Set("Content-Type", file.text("MimeType"))
	if len(content) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	_, _ = w.Write(content)
}

func (f *fake) serveRoot(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("x-csrf-token") == "fetch" && f.token != "" {
		f.session++
		w.Header().Set("x-csrf-token", f.token)
		for _, name := range []string{"SAP_SESSIONID_ABC_100", "sap-XSRF_ABC_100", "sap-usercontext"} {
			w.Header().Add("Set-Cookie", fmt.Sprintf("%s=%s-%d; path=/; secure", name, f.token, f.session))
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, serviceDocument)
}

func (f *fake) checkOData(w http.ResponseWriter, r *http.Request) *problem {
	if !strings.Contains(r.Header.Get("Accept"), "application/json") && !strings.HasSuffix(r.URL.Path, "/$value") {
		return &problem{415, "", "Atom is not spoken here"}
	}
	if strings.Contains(r.URL.RawQuery, "+") {
		return &problem{400, "", "a plus sign is no blank"}
	}
	if r.Method == http.MethodGet || f.token == "" {
		return nil
	}
	cookies := 0
	for _, c := range r.Cookies() {
		if c.Value == fmt.Sprintf("%s-%d", f.token, f.session) {
			cookies++
		}
	}
	if r.Header.Get("x-csrf-token") != f.token || cookies != 3 {
		w.Header().Set("x-csrf-token", "Required")
		return &problem{403, "", "CSRF token validation failed"}
	}
	return nil
}

func (f *fake) fail(w http.ResponseWriter, p *problem) {
	if p.status == 403 || p.status == 404 {
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(p.status)
		_, _ = io.WriteString(w, p.detail)
		return
	}
	message, _ := json.Marshal(map[string]any{
		"code": "ODATA_ERROR", "message": "Error occurred during processing", "severity": "error",
		"details": []any{map[string]any{"code": p.code, "message": p.detail, "severity": "error"}},
	})
	w.Header().Set("sap-message", string(message))
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(p.status)
	_, _ = io.WriteString(w, `{"error":{"code":"","message":{"lang":"en","value":"Error occurred during processing"}}}`)
}

// one finds the entity that a path names.
func (f *fake) one(path string) (r row, navigation string, p *problem) {
	m := odataKey.FindStringSubmatch(path)
	if m == nil {
		return nil, "", &problem{400, "", "not the path of an entity"}
	}
	if m[2] != strings.ToUpper(m[2]) {
		return nil, "", &problem{400, "/APBP/CENT:003", "Cannot maintain internal field"}
	}
	if r = f.find(m[1], "ObjectID", m[2]); r == nil {
		return nil, "", &problem{404, "", "The server has not found any resource matching the Data Services Request URI"}
	}
	return r, m[3], nil
}

func (f *fake) getOData(w http.ResponseWriter, r *http.Request, path string) {
	q := r.URL.Query()
	var found []row
	switch {
	case path == "GetSocialMediaUserProfile":
		found = f.profilesBy(q.Get("SocialMediaUserAccountID"), q.Get("BusinessPartnerInternalID"),
			q.Get("ExternalPartyAccountID"))
	case strings.Contains(path, "("):
		entity, navigation, p := f.one(path)
		if p != nil {
			f.fail(w, p)
			return
		}
		if navigation == "" {
			f.write(w, 200, map[string]any{"results": f.view(entity, q.Get("$select"), q.Get("$expand"))})
			return
		}
		for _, child := range f.sets[odataChildren[navigation]] {
			if child["ParentObjectID"] == entity["ObjectID"] {
				found = append(found, child)
			}
		}
	default:
		var p *problem
		if found, p = f.filter(path, q.Get("$filter")); p != nil {
			f.fail(w, p)
			return
		}
	}
	f.writePage(w, r, found)
}

func (f *fake) profilesBy(openid, customer, channel string) []row {
	var found []row
	for _, p := range f.sets["SocialMediaUserProfileCollection"] {
		for _, u := range f.usersOf(p) {
			byID := openid == "" || openid == "'"+u.text("SocialMediaUserAccountID")+"'"
			byCustomer := customer == "" || customer == "'"+strings.TrimLeft(p.text("AccountInternalID"), "0")+"'"
			if byID && byCustomer && (channel == "" || channel == "'"+u.text("ExternalPartyAccountID")+"'") {
				found = append(found, p)
			}
		}
	}
	return found
}

// filter knows eq, ge of a time, and, or. An asterisk is a wildcard, as in C4C: it matches everything here.
func (f *fake) filter(set, filter string) ([]row, *problem) {
	if one, others, either := strings.Cut(filter, "' or UUID eq "); either { // a value may contain " or "
		left, p := f.filter(set, one+"'")
		if p != nil {
			return nil, p
		}
		right, p := f.filter(set, "UUID eq "+others)
		return append(left, right...), p
	}
	found := slices.Clone(f.sets[set])
	if filter == "" {
		return found, nil
	}
	if number, end, padded := strings.Cut(filter, "' or ID eq '*0"); padded {
		number, end = strings.TrimPrefix(number, "ID eq '"), "0"+strings.TrimSuffix(end, "'")
		return slices.DeleteFunc(found, func(r row) bool {
			return r.text("ID") != number && !strings.HasSuffix(r.text("ID"), end)
		}), nil
	}
	for term := range strings.SplitSeq(filter, " and ") {
		if m := odataSince.FindStringSubmatch(term); m != nil {
			since := parseTime(m[2])
			found = slices.DeleteFunc(found, func(r row) bool { return parseTime(r.text(m[1])).Before(since) })
			continue
		}
		m := odataFilter.FindStringSubmatch(term)
		if m == nil {
			return nil, &problem{400, "/IWBEP/CM_MGW_RT:000", "Invalid filter"}
		}
		wanted := strings.ReplaceAll(m[2], "''", "'")
		found = slices.DeleteFunc(found, func(r row) bool {
			return r.text(m[1]) != wanted && strings.TrimLeft(r.text(m[1]), "0") != wanted && !strings.Contains(wanted, "*")
		})
	}
	return found, nil
}

func (f *fake) writePage(w http.ResponseWriter, r *http.Request, found []row) {
	q := r.URL.Query()
	out := map[string]any{}
	if q.Get("$inlinecount") == "allpages" {
		out["__count"] = strconv.Itoa(len(found))
	}
	if strings.HasSuffix(q.Get("$orderby"), " desc") {
		slices.Reverse(found)
	}
	skip, _ := strconv.Atoi(q.Get("$skip"))
	if token, err := strconv.Atoi(q.Get("$skiptoken")); err == nil {
		skip = token - 1
	}
	found = found[min(skip, len(found)):]
	if top, err := strconv.Atoi(q.Get("$top")); err == nil {
		found = found[:min(top, len(found))]
	}
	if len(found) > f.pageSize {
		found = found[:f.pageSize]
		q.Set("$skiptoken", strconv.Itoa(skip+f.pageSize+1))
		out["__next"] = "https://my000000.crm.ondemand.com" + r.URL.Path + "?" + q.Encode()
	}
	results := []any{}
	for _, e := range found {
		results = append(results, f.view(e, q.Get("$select"), q.Get("$expand")))
	}
	out["results"] = results
	f.write(w, 200, out)
}

// view is an entity in the form that a request wants.
func (f *fake) view(e row, selected, expand string) row {
	v := maps.Clone(e)
	if selected != "" {
		maps.DeleteFunc(v, func(name string, _ any) bool {
			return name != "__metadata" && !slices.Contains(strings.Split(selected, ","), name)
		})
	}
	switch expand {
	case "ServiceRequest":
		v[expand] = f.find("ServiceRequestCollection", "ObjectID", e.text("ParentObjectID"))
	case messageFiles:
		files := []any{}
		for _, file := range f.sets[messageFileSet] {
			if file["ParentObjectID"] == e["ObjectID"] {
				files = append(files, f.view(file, strings.ReplaceAll(selected, messageFiles+"/", ""), ""))
			}
		}
		v[expand] = map[string]any{"results": files}
	case referenceNavigation:
		references := []any{}
		for _, r := range f.sets[referenceSet] {
			if r["ParentObjectID"] == e["ObjectID"] {
				references = append(references, r)
			}
		}
		v[expand] = references
	case "SocialMediaUserProfileUserInformation":
		v[expand] = map[string]any{"results": f.usersOf(e)}
	}
	return v
}

func (f *fake) write(w http.ResponseWriter, status int, d any) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"d": d})
}

func (f *fake) postOData(w http.ResponseWriter, r *http.Request, set string) {
	var in row
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		f.fail(w, &problem{400, "/IWCOR/CX_OD:000", "Malformed body"})
		return
	}
	for _, name := range odataRequired[set] {
		if in.text(name) == "" {
			f.fail(w, &problem{400, "AP_ESI_COMMON:100", name + " is mandatory"})
			return
		}
	}
	created, p := f.createEntity(set, in)
	if p != nil {
		f.fail(w, p)
		return
	}
	f.write(w, 201, map[string]any{"results": created})
}

func (f *fake) createEntity(set string, in row) (row, *problem) {
	switch set {
	case "SocialMediaUserProfileCollection":
		users, _ := in["SocialMediaUserProfileUserInformation"].([]any)
		if len(users) != 1 {
			return nil, &problem{400, "", "one user information is needed"}
		}
		user := row(users[0].(map[string]any))
		made := f.addProfile(user.text("SocialMediaUserAccountID"), user.text("GivenName"))
		if id := in.text("AccountInternalID"); id != "" {
			made["AccountInternalID"] = id
		}
		return made, nil
	case "SocialMediaActivityCollection":
		return f.createActivity(in)
	case "IndividualCustomerCollection":
		c := f.add(set, in)
		c["CustomerID"], c["UUID"] = fmt.Sprint(1000000+f.last), dashed(c.text("ObjectID"))
		return c, nil
	case customerTextSet:
		if f.find("IndividualCustomerCollection", "ObjectID", in.text("ParentObjectID")) == nil {
			return nil, &problem{400, "/APBP/CENT:001", "Parent does not exist"}
		}
		in["CreatedOn"] = f.now()
		return f.add(set, in), nil
	case "ServiceRequestTextCollectionCollection", "ServiceRequestAttachmentFolderCollection":
		ticket := f.find("ServiceRequestCollection", "ObjectID", in.text("ParentObjectID"))
		if ticket == nil {
			return nil, &problem{400, "/APBP/CENT:001", "Parent does not exist"}
		}
		if status := ticket.text("ServiceRequestLifeCycleStatusCode"); status == "3" || status == "4" {
			return nil, &problem{400, "AP_ESI_COMMON:107", "Data is read-only"}
		}
		in["CreatedOn"] = f.now()
		return f.add(set, in), nil
	}
	return nil, &problem{404, "", "unknown set"}
}

// now is later with each entity.
func (f *fake) now() string { return fmt.Sprintf("/Date(%d)/", 1490902810000+int64(f.last)) }

func (f *fake) createActivity(in row) (row, *problem) {
	byUUID := func(set, name string) row {
		return f.find(set, "ObjectID", strings.ReplaceAll(in.text(name), "-", ""))
	}
	profile := byUUID("SocialMediaUserProfileCollection", "SocialMediaUserProfileUUID")
	if profile == nil {
		return nil, &problem{400, "CL_CDA_SMA:020", "Social media user profile does not exist"}
	}
	var root row
	if in.text("CategoryCode") == "003" {
		if root = byUUID("SocialMediaActivityCollection", "ParentSocialMediaActivityUUID"); root == nil {
			return nil, &problem{400, "CL_CDA_SMA:021", "Parent does not exist"}
		}
	}
	return f.addActivity(in.text("SocialMediaMessageID"), in.text("Text"), profile, root), nil
}

func (f *fake) patchOData(w http.ResponseWriter, r *http.Request, path string) {
	entity, _, p := f.one(path)
	if p != nil {
		f.fail(w, p)
		return
	}
	if match := r.Header.Get("If-Match"); match != "" && match != entity["__metadata"].(map[string]any)["etag"] {
		f.fail(w, &problem{412, "", "Precondition failed"})
		return
	}
	var in row
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		f.fail(w, &problem{400, "", "Malformed body"})
		return
	}
	if id := entity.text("AccountInternalID"); in.text("AccountInternalID") != "" && id != "" &&
		strings.TrimLeft(id, "0") != in.text("AccountInternalID") {
		f.fail(w, &problem{400, "CL_CDA_SMUP:016", "Profile belongs to another customer"})
		return
	}
	maps.Copy(entity, in)
	w.WriteHeader(http.StatusNoContent)
}
