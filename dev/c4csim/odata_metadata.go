package c4csim

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// startOfTenant is when the tenant was configured.
var startOfTenant = time.Date(2020, 1, 1, 8, 0, 0, 0, time.UTC)

// metadata writes the $metadata document: entity types with their properties, and the sets. It has no associations.
func metadata() string {
	var b strings.Builder
	b.WriteString(
		`<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx" ` +
			`xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata" xmlns:sap="http://www.sap.com/Protocols/SAPData">` +
			`<edmx:DataServices m:DataServiceVersion="2.0"><Schema Namespace="c4codata" xmlns="http://schemas.microsoft.com/ado/2008/09/edm">`)
	names := slices.Sorted(maps.Keys(entityTypes))
	for _, name := range names {
		t := entityTypes[name]
		fmt.Fprintf(&b, `<EntityType Name="%s"><Key><PropertyRef Name="%s"/></Key>`, name, t.key)
		for _, p := range t.properties {
			limit := ""
			if p.max > 0 {
				limit = fmt.Sprintf(` MaxLength="%d"`, p.max)
			}
			fmt.Fprintf(&b,
				`<Property Name="%s" Type="Edm.%s" Nullable="%t"%s sap:creatable="%t" sap:updatable="%t" sap:filterable="%t"/>`,
				p.name, p.kind, !p.needs, limit, p.creatable, p.updatable, p.filterable)
		}
		b.WriteString("</EntityType>")
	}
	b.WriteString(`<EntityContainer Name="c4codata" m:IsDefaultEntityContainer="true">`)
	for _, name := range names {
		t := entityTypes[name]
		fmt.Fprintf(&b,
			`<EntitySet Name="%s" EntityType="c4codata.%s" sap:creatable="%t" sap:updatable="%t" sap:deletable="%t"/>`, t.set,
			name, t.creatable, t.updatable, t.deletable)
	}
	for _, name := range slices.Sorted(maps.Keys(functionParameters)) {
		fmt.Fprintf(&b, `<FunctionImport Name="%s" m:HttpMethod="GET">`, name)
		for _, p := range functionParameters[name] {
			fmt.Fprintf(&b, `<Parameter Name="%s" Type="Edm.String"/>`, p)
		}
		b.WriteString("</FunctionImport>")
	}
	b.WriteString("</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>")
	return b.String()
}
