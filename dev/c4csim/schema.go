package c4csim

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
)

//go:embed entities.txt
var entitiesText string

// property is one property of an OData entity type, as $metadata declares it.
type property struct {
	name, kind                              string // kind without "Edm."
	max                                     int    // characters; 0 is no limit
	creatable, updatable, filterable, needs bool   // needs: not null
}

// navigation leads from one entity to others. A to-many navigation finds rows whose `foreign` equals our `local`;
// to-one likewise.
type navigation struct {
	name, target   string
	many           bool
	local, foreign string
}

// entityType is one OData entity type with the set that holds it.
type entityType struct {
	name, set                       string
	key                             string
	properties                      []property
	byName                          map[string]*property
	navigations                     map[string]navigation
	creatable, updatable, deletable bool
	mandatory                       []string // must be sent on create
	indexed                         []string
	parent                          string // type that owns it; its children carry ParentObjectID
}

// Entity types that the simulator keeps.
const (
	typeCustomer           = "IndividualCustomer"
	typeCustomerText       = "IndividualCustomerTextCollection"
	typeTicket             = "ServiceRequest"
	typeTicketText         = "ServiceRequestTextCollection"
	typeTicketAttachment   = "ServiceRequestAttachmentFolder"
	typeReference          = "ServiceRequestBusinessTransactionDocumentReference"
	typeProfile            = "SocialMediaUserProfile"
	typeUserInformation    = "SocialMediaUserProfileUserInformation"
	typeBupaReference      = "SocialMediaUserProfileBupaReference"
	typeActivity           = "SocialMediaActivity"
	typeActivityAttachment = "SocialMediaActivityAttachmentFolder"
	typeActivityChild      = "SocialMediaActivityToChildSocialMediaActivity"
	typeStatus             = "ServiceRequestUserLifeCycleStatus"
	typeCodeList           = "CodeList"
)

// entityTypes holds every simulated type by name, entitySets the same by set.
var entityTypes, entitySets = loadEntityTypes()

func loadEntityTypes() (types, sets map[string]*entityType) {
	types, sets = map[string]*entityType{}, map[string]*entityType{}
	var t *entityType
	for line := range strings.Lines(entitiesText) {
		line = strings.TrimRight(line, "\n")
		switch {
		case line == "" || line[0] == '#':
		case line[0] != ' ':
			t = &entityType{name: line, set: line + "Collection", key: "ObjectID", byName: map[string]*property{},
				navigations: map[string]navigation{}}
			types[line] = t
		default:
			t.properties = append(t.properties, parseProperty(line))
		}
	}
	for _, t := range types {
		for i := range t.properties {
			t.byName[t.properties[i].name] = &t.properties[i]
		}
	}
	describeTypes(types)
	for _, t := range types {
		sets[t.set] = t
	}
	return types, sets
}

func parseProperty(line string) property {
	f := strings.Fields(line)
	if len(f) != 4 {
		panic(fmt.Sprintf("c4csim: entities.txt: %q", line))
	}
	length, err := strconv.Atoi(f[2])
	if err != nil {
		panic(fmt.Sprintf("c4csim: entities.txt: %q: %v", line, err))
	}
	has := func(c string) bool { return strings.Contains(f[3], c) }
	return property{name: f[0], kind: f[1], max: length, creatable: has("C"), updatable: has("U"), filterable: has("F"),
		needs: has("!")}
}

func describeTypes(types map[string]*entityType) {
	for name, flags := range map[string]string{
		typeCustomer: "cu-", typeCustomerText: "cud", typeTicket: "cud", typeTicketText: "cud", typeTicketAttachment: "cud",
		typeReference: "cud",
		typeProfile:   "cud", typeUserInformation: "cud", typeBupaReference: "cud", typeActivity: "cud",
		typeActivityAttachment: "cud",
	} {
		t := types[name]
		t.creatable, t.updatable, t.deletable = flags[0] == 'c', flags[1] == 'u', flags[2] == 'd'
	}
	own := func(parent, child string) {
		types[parent].navigations[child] = navigation{name: child, target: child, many: true, local: "ObjectID",
			foreign: "ParentObjectID"}
		types[child].parent = parent
	}
	own(typeCustomer, typeCustomerText)
	own(typeTicket, typeTicketText)
	own(typeTicket, typeTicketAttachment)
	own(typeTicket, typeReference)
	own(typeProfile, typeUserInformation)
	own(typeProfile, typeBupaReference)
	own(typeActivity, typeActivityAttachment)
	back := func(child, parent string) {
		types[child].navigations[parent] = navigation{name: parent, target: parent, local: "ParentObjectID",
			foreign: "ObjectID"}
	}
	back(typeCustomerText, typeCustomer)
	back(typeTicketText, typeTicket)
	back(typeReference, typeTicket)
	back(typeUserInformation, typeProfile)
	back(typeBupaReference, typeProfile)
	types[typeActivity].navigations[typeActivityChild] = navigation{name: typeActivityChild, target: typeActivityChild,
		many: true, local: "UUID", foreign: "ParentSocialMediaActivityUUID"}

	types[typeCustomer].mandatory = []string{"RoleCode", "LastName"}
	types[typeTicketAttachment].mandatory = []string{"CategoryCode"}
	types[typeActivityAttachment].mandatory = []string{"CategoryCode"}
	types[typeActivity].mandatory = []string{"SocialMediaMessageID", "SocialMediaUserProfileUUID",
		"SocialMediaActivityProviderID"}
	types[typeUserInformation].mandatory = []string{"SocialMediaUserAccountID"}

	types[typeCodeList].key, types[typeCodeList].set = "Code",
		"ServiceRequestServiceRequestUserLifeCycleStatusCodeCollection"
	types[typeStatus].key = "UserLifeCycleStatusCode"

	for name, props := range map[string]string{
		typeCustomer: "CustomerID UUID NickName", typeCustomerText: "ParentObjectID CustomerID",
		typeTicket:     "ID BuyerPartyID",
		typeTicketText: "ParentObjectID ServiceRequestID", typeTicketAttachment: "ParentObjectID ServiceRequestID",
		typeReference: "ParentObjectID ID",
		typeProfile:   "ID AccountInternalID", typeUserInformation: "ParentObjectID SocialMediaUserAccountID",
		typeBupaReference:      "ParentObjectID BusinessPartnerUUID",
		typeActivity:           "ID UUID SocialMediaMessageID RootSocialMediaActivityUUID ParentSocialMediaActivityUUID",
		typeActivityAttachment: "ParentObjectID",
	} {
		types[name].indexed = strings.Fields(props)
	}
}
