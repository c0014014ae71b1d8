package activities

import (
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/wording"
)

const testVIN = "LSVAA49J132047811"

var (
	vinField   = OwnField{Property: "ZVIN_KUT", Kind: OwnText, Value: testVIN}
	plateField = OwnField{Property: "ZPlate_KUT", Kind: OwnText, Value: "沪A12345"}
)

func TestOwnFieldsShowNoValue(t *testing.T) {
	t.Parallel()
	fields := []OwnField{vinField, plateField}
	require.Equal(t, "ZVIN_KUT=•••, ZPlate_KUT=•••", Masked(fields))
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		require.NotContains(t, fmt.Sprintf(format, fields), "LSV", format)
		require.NotContains(t, fmt.Sprintf(format, DescribeTicketInput{Fields: fields}), "LSV", format)
	}
	require.Equal(t, "ZVIN_KUT=•••", vinField.LogValue().String())
}

func TestOwnFieldsAsC4CTakesThem(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind, value string
		want        any
		same        []string // what C4C shows for it
		other       []string
	}{
		{OwnText, "a", "a", []string{"a"}, []string{"A", ""}},
		{OwnText, "", "", []string{""}, []string{"a"}},
		{OwnChoice, "101", "101", []string{"101"}, []string{"102"}},
		{OwnNumber, "12.5", "12.5", []string{"12.50000000000000", "12.5"}, []string{"12.51", "0.00000000000000"}},
		{OwnNumber, "", nil, []string{"0.00000000000000", ""}, []string{"1.00000000000000"}},
		{OwnDate, "2020-05-17", "/Date(1589673600000)/", []string{"2020-05-17"}, []string{"", "2020-05-18"}},
		{OwnDate, "", nil, []string{""}, []string{"2020-05-17"}},
		{OwnYesNo, "true", true, []string{"true"}, []string{"false", ""}},
		{OwnYesNo, "", false, []string{"false", ""}, []string{"true"}},
	} {
		f := OwnField{Property: "Z_KUT", Kind: tt.kind, Value: tt.value}
		require.Equal(t, tt.want, f.odata(), "%s %q", tt.kind, tt.value)
		for _, shown := range tt.same {
			require.True(t, f.is(shown), "%s %q is %q", tt.kind, tt.value, shown)
		}
		for _, shown := range tt.other {
			require.False(t, f.is(shown), "%s %q is not %q", tt.kind, tt.value, shown)
		}
	}
	for number, want := range map[string]string{"0": "", "-0.00": "", "10": "10", "-2.50": "-2.5", " 7.00 ": "7", "": ""} {
		require.Equal(t, want, PlainNumber(number), number)
	}
}

// last is the body of an operation's last request.
func (s *servers) last(operation string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	body := ""
	for _, r := range s.requests {
		if r.operation == operation {
			body = r.body
		}
	}
	return body
}

func TestTicketWithOwnFields(t *testing.T) {
	t.Parallel()
	in := DescribeTicketInput{Account: testAccount, ObjectID: ticketKey, Subject: "brakes", Category: "CA_1",
		Fields: []OwnField{vinField, plateField}}
	s := newServers(t)
	s.will(changeTicket, noContent)
	require.NoError(t, s.once("DescribeTicket", in, nil))
	require.JSONEq(t, `{"Name":"brakes","ServiceIssueCategoryID":"CA_1","ZVIN_KUT":"`+testVIN+`","ZPlate_KUT":"沪A12345"}`,
		s.body(changeTicket))

	for name, tt := range map[string]struct {
		words      string
		properties []string
	}{
		"named":   {"Value " + testVIN + " of property ZVIN_KUT is too long", []string{"ZVIN_KUT"}},
		"unnamed": {"The value " + testVIN + " is not possible", []string{"ZPlate_KUT", "ZVIN_KUT"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServers(t)
			s.will(changeTicket, odataError(http.StatusBadRequest, "CM_DS_APPL_ERROR:000", tt.words), noContent)
			err := s.once("DescribeTicket", in, nil)
			require.JSONEq(t, `{"Name":"brakes","ServiceIssueCategoryID":"CA_1"}`, s.last(changeTicket),
				"everything else gets there")
			concealed := map[string]string{"named": "Value … of property ZVIN_KUT is too long",
				"unnamed": "The value … is not possible"}[name]
			refused := requireRefused(t, err, ErrorC4CFieldRefused, false, Failure{Code: "CM_DS_APPL_ERROR:000",
				Text: concealed, Properties: tt.properties})
			require.NotContains(t, refused.Error(), testVIN)
		})
	}

	s = newServers(t)
	s.will(changeTicket, odataError(http.StatusBadRequest, "X:1", "Category is invalid"),
		odataError(http.StatusBadRequest, "X:1", "Category is invalid"))
	requireRefused(t, s.once("DescribeTicket", in, nil), ErrorC4CRejected, false,
		Failure{Code: "X:1", Text: "Category is invalid"})
	s = newServers(t)
	s.will(changeTicket, odataError(http.StatusServiceUnavailable, "", "down"), noContent)
	require.NoError(t, s.run("DescribeTicket", in, nil, 2), "an outage is no refusal")
	require.Contains(t, s.last(changeTicket), testVIN)
}

// Whatever an input has for a ticket, C4C gets it.
func TestEveryFieldOfATicketIsWritten(t *testing.T) {
	t.Parallel()
	in := DescribeTicketInput{Account: testAccount, ObjectID: ticketKey, Fields: []OwnField{plateField}}
	want := map[string]bool{}
	for i, f := range reflect.VisibleFields(reflect.TypeOf(in)) {
		if value := reflect.ValueOf(&in).Elem().Field(i); f.Type.Kind() == reflect.String && value.IsZero() {
			value.SetString("the " + f.Name)
			want[value.String()] = true
		}
	}
	s := newServers(t)
	s.will(changeTicket, noContent)
	require.NoError(t, s.once("DescribeTicket", in, nil))
	for value := range want {
		require.Contains(t, s.body(changeTicket), value, "DescribeTicket or c4c.ChangeTicket leaves it out")
	}
}

func TestCustomerWithOwnFields(t *testing.T) {
	t.Parallel()
	in := SaveCustomerInput{Follower: testFollower, CustomerID: "91",
		Data:   CustomerData{LastName: "Smith", Mobile: "+491"},
		Fields: []OwnField{vinField, plateField, {Property: "ZMileage_KUT", Kind: OwnNumber}}}
	present := maps.Clone(customerOne)
	maps.Copy(present, map[string]any{"ZVIN_KUT": testVIN, "ZPlate_KUT": "京B1", "ZMileage_KUT": "0.00000000000000"})
	s := newServers(t)
	s.will(findCustomer, entities(present))
	s.will(patchObject, noContent)
	require.NoError(t, s.once("SaveCustomer", in, nil))
	require.Contains(t, s.body(patchObject), `"ZPlate_KUT":"沪A12345"`)
	require.NotContains(t, s.body(patchObject), "ZVIN_KUT", "C4C has it already")
	require.NotContains(t, s.body(patchObject), "ZMileage_KUT")

	s = newServers(t)
	unknown := odataError(http.StatusBadRequest, "X:1", "Invalid $select: ZVIN_KUT")
	s.will(findCustomer, unknown, entities(customerOne))
	s.will(patchObject, odataError(http.StatusBadRequest, "X:2", "Property ZVIN_KUT is invalid"), noContent)
	requireRefused(t, s.once("SaveCustomer", in, nil), ErrorC4CFieldRefused, false,
		Failure{Code: "X:2", Text: "Property ZVIN_KUT is invalid", Properties: []string{"ZVIN_KUT"}})
	require.Contains(t, s.last(patchObject), `"LastName":"Smith"`)
	require.NotContains(t, s.last(patchObject), "ZVIN_KUT", "name and phone are saved all the same")
}

func TestReadOwnFields(t *testing.T) {
	t.Parallel()
	properties := []string{"ZVIN_KUT", "ZLeased_KUT"}
	customer := CustomerQuery{Follower: testFollower, CustomerID: "91", Properties: properties}
	ticket := TicketQuery{Follower: testFollower, CustomerID: "91", TicketID: "1001", Properties: properties}
	values := map[string]any{"ZVIN_KUT": testVIN, "ZLeased_KUT": true}
	want := map[string]string{"ZVIN_KUT": testVIN, "ZLeased_KUT": "true"}
	with := func(row map[string]any) answer {
		row = maps.Clone(row)
		maps.Copy(row, values)
		return entities(row)
	}
	s := newServers(t)
	s.will(findCustomer, with(customerOne))
	s.will(findTicket, with(ticketOne("1")))
	s.will(ticketOfActivity, rootReference)
	s.will(messagesOf, theMessages)
	s.will(filesOf, entities())
	var view CustomerView
	require.NoError(t, s.once("ReadCustomer", customer, &view))
	require.Equal(t, want, view.Fields)
	var thread TicketThread
	require.NoError(t, s.once("ReadTicketThread", ticket, &thread))
	require.Equal(t, want, thread.Fields)

	s = newServers(t)
	unknown := odataError(http.StatusBadRequest, "X:1", "Invalid $select: ZVIN_KUT")
	s.will(findCustomer, unknown, entities(customerOne))
	s.will(findTicket, unknown, entities(ticketOne("1")))
	s.will(ticketOfActivity, rootReference)
	s.will(messagesOf, theMessages)
	s.will(filesOf, entities())
	view, thread = CustomerView{}, TicketThread{}
	require.NoError(t, s.once("ReadCustomer", customer, &view))
	require.Equal(t, "91", view.ID)
	require.Nil(t, view.Fields, "the page goes without")
	require.NoError(t, s.once("ReadTicketThread", ticket, &thread))
	require.Equal(t, "1001", thread.Ticket.ID)
	require.Nil(t, thread.Fields)
}

func TestRefusedFieldIsExplained(t *testing.T) {
	t.Parallel()
	cause := CauseOf(ErrorC4CFieldRefused)
	failure := Failure{Code: "X:2", Text: "Value … of property ZVIN_KUT is too long", Properties: []string{"ZVIN_KUT"}}
	require.Contains(t, cause.In(wording.English).Explain(failure), "The properties: ZVIN_KUT. C4C said (X:2): Value …")
	require.Contains(t, cause.In(wording.Chinese).Explain(failure), "属性：ZVIN_KUT。")
	require.NotContains(t, cause.Explain(Failure{}), "properties")
}
