package e2e

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"google.golang.org/protobuf/encoding/prototext"

	"github.com/wechat-c4c/wechat-c4c/codec"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/operate/doctor"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

const (
	vehicleFields = "../../deploy/fields/vehicle.json"
	vehicleNumber = "LSVAA49J132047811"
)

// withFields adds the fields of a file to the page's forms.
func withFields(file string) option {
	return withSettings(func(c *config.Config) { c.Web.FieldsFile = file })
}

// fieldsAt are the extension fields of the only object of a list in C4C.
func (s *scene) fieldsAt(list string) map[string]string {
	s.t.Helper()
	var found []struct {
		Fields map[string]string `json:"fields"`
	}
	s.c4c.get(list, &found)
	require.Len(s.t, found, 1)
	return found[0].Fields
}

// TestPageHasFieldsOfTheTenant: from the form, with an error and a draft on the way, to the agent's desk and back. No
// history holds a value in plain text.
func TestPageHasFieldsOfTheTenant(t *testing.T) {
	t.Parallel()
	s, phone := onPhone(t, "oAlice", "/web/new?lang=zh", withFields(vehicleFields))
	s.waitForState(workflows.TypeOnboardFollower, workflows.StateSynced, 1)
	require.NoError(t, chromedp.Do(phone, holds("untouched()", "an empty form"), fill("category", "CA_2"),
		holds("!untouched()", "a choice that no reload may lose")))
	require.NoError(t, chromedp.Do(phone, types("subject", "刹车有异响"), fill("category", "CA_1"),
		types("text", "早上冷车的时候特别明显。"), types("field_vin", vehicleNumber), types("field_plate", "沪a·12345")))
	s.view(phone, "h5/fields")
	tabs(t, phone)

	// A look at another page loses nothing, and what is wrong is said at its field.
	require.NoError(t, chromedp.Do(phone, s.browse("/web/privacy"), sees(".prose", "车牌号、车架号"), s.browse("/web/new"),
		holds(`document.forms[0].field_vin.value == "`+vehicleNumber+`" && document.forms[0].field_plate.value == "沪a·12345"`,
			"the draft"),
		types("field_vin", "OOO"), click("#open"), sees("#bad-field_vin", "格式不正确，例如 "+vehicleNumber),
		focused("field_vin"),
		holds(`document.forms[0].field_vin.value == "OOO" && document.forms[0].subject.value == "刹车有异响"`,
			"what was typed")))
	s.view(phone, "h5/fields-error")
	require.NoError(t, chromedp.Do(phone, types("field_vin", "lsvaa49j 132047811"), gone("#bad-field_vin"), click("#open"),
		sees("h1", "刹车有异响"), sees(".kept dd", vehicleNumber), sees(".kept dt", "车牌号"), sees(".kept dd", "沪A12345")))
	id := s.tickets()[0].ID
	require.NoError(t, chromedp.Do(phone, s.browse("/web/tickets/"+id), sees(".kept dd", vehicleNumber)))
	s.view(phone, "h5/fields-ticket")
	require.Equal(t, map[string]string{"ZVIN_KUT": vehicleNumber, "ZPlate_KUT": "沪A12345"}, s.fieldsAt("/tickets"))
	require.Equal(t, []string{"刹车有异响\n\n早上冷车的时候特别明显。"}, s.tickets()[0].texts("follower"), "no field in the message")
	desk := s.tab(1440, 860)
	require.NoError(t, chromedp.Do(desk, chromedp.Navigate("http://"+s.Addresses().C4C+"/"), sees("#facts dt", "VIN"),
		sees("#facts dd", vehicleNumber)))

	s.browseTo(phone, "/web/account")
	require.NoError(t, chromedp.Do(phone, types("name", "李雷"), types("phone", "13800138000"),
		types("field_plate", "粤B D12345"), click("#consent"), click("#save"), sees(".tip.ok", "")))
	s.waitForState(workflows.TypeRegisterCustomer, workflows.StateSynced, 1)
	require.Equal(t, map[string]string{"ZPlate_KUT": "粤BD12345"}, s.fieldsAt("/customers"))
	s.reloadUntil(phone, "/web/account", `document.forms[0].field_plate.value == "粤BD12345"`)
	require.NoError(t, chromedp.Do(phone, types("field_plate", ""), click("#save"), sees(".tip.ok", "")))
	s.waitForState(workflows.TypeRegisterCustomer, workflows.StateSynced, 2)
	require.Empty(t, s.fieldsAt("/customers"), "what the follower erases is gone")
	s.noHistoryHolds(vehicleNumber, "沪A12345", "粤BD12345")
}

// reloadUntil opens a page again and again until an expression is true there.
func (s *scene) reloadUntil(tab context.Context, path, there string) {
	s.t.Helper()
	s.waitFor(there, func() bool {
		require.NoError(s.t, chromedp.Do(tab, s.browse(path), chromedp.WaitVisible(chromedp.CSS("form"))))
		found, err := chromedp.Run(tab, chromedp.Evaluate[bool](there))
		return err == nil && found
	})
}

// noHistoryHolds reads all histories as Temporal keeps them, except encrypted bytes, which may contain a short value by
// chance.
func (s *scene) noHistoryHolds(values ...string) {
	s.t.Helper()
	read := 0
	for _, e := range s.workflows("") {
		events := s.client.GetWorkflowHistory(s.t.Context(), e.GetExecution().GetWorkflowId(), e.GetExecution().GetRunId(),
			false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for events.HasNext() {
			event, err := events.Next()
			require.NoError(s.t, err)
			for _, payload := range payloadsOf(s.t, event) {
				if payload.GetMetadata()[codec.MetadataKeyID] != nil {
					payload.Data = nil
				}
			}
			text := prototext.Format(event)
			for _, value := range values {
				require.NotContains(s.t, text, value, e.GetExecution().GetWorkflowId())
			}
			read++
		}
	}
	require.Greater(s.t, read, 20)
}

// TestPageFieldsWithoutScript: who has no script is told what is wrong, too, and gets a ticket.
func TestPageFieldsWithoutScript(t *testing.T) {
	t.Parallel()
	s, phone := onPhone(t, "oAlice", "/web/?lang=en", withFields(vehicleFields))
	s.waitForState(workflows.TypeOnboardFollower, workflows.StateSynced, 1)
	require.NoError(t, chromedp.Do(phone, sees("h1", "Service")))
	withoutScript(t, phone)
	require.NoError(t, chromedp.Do(phone, s.browse("/web/new"), fill("subject", "Brakes"), fill("category", "CA_1"),
		fill("text", "They squeal"), fill("field_vin", "short"), fill("field_plate", "沪A12345"), click("#open"),
		sees("#bad-field_vin", "This does not look right. An example: "+vehicleNumber)))
	accessible(t, phone)
	require.NoError(t, chromedp.Do(phone, fill("field_vin", vehicleNumber), click("#open"), sees("h1", "Brakes"),
		sees(".kept dd", vehicleNumber)))
	require.Equal(t, map[string]string{"ZVIN_KUT": vehicleNumber, "ZPlate_KUT": "沪A12345"}, s.fieldsAt("/tickets"))
}

// TestFieldThatC4CRefuses: the follower has the ticket; the operator reads which property it is, and no value.
func TestFieldThatC4CRefuses(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "fields.json")
	require.NoError(t, os.WriteFile(file, []byte(`{"ticket": [
		{"name": "use", "property": "ZUse_KUT", "kind": "text", "label": {"zh": "用途", "en": "Use"}}]}`), 0o600))
	const unlisted = "Q7Q"
	s := newStack(t, withFields(file))
	s.follow("oAlice")
	s.waitForState(workflows.TypeOnboardFollower, workflows.StateSynced, 1)
	alice := s.visitor("oAlice")
	alice.login()
	fields := alice.form()
	fields.Set("field_use", unlisted)
	sent := alice.post("/web/create", fields)
	require.Equal(t, http.StatusSeeOther, sent.status, sent.body)
	parked := s.waitForState(workflows.TypeCreateTicket, workflows.StateNeedsAttention, 1)[0]
	require.Equal(t, "C4CFieldRefused", attributes(parked)["SyncError"])
	details := s.details(parked.GetExecution().GetWorkflowId())
	require.Contains(t, details, "The properties: ZUse_KUT.")
	require.Contains(t, details, "Value … of property ZUse_KUT is not in its code list")
	require.NotContains(t, details, unlisted)
	require.Equal(t, "s", s.tickets()[0].Subject, "everything else is in C4C")
	s.waitFor("the ticket on the page", func() bool {
		list := alice.get("/web/tickets")
		return list.status == http.StatusOK && !strings.Contains(list.body, "On its way") &&
			strings.Contains(list.body, s.tickets()[0].ID)
	})
	s.noHistoryHolds(unlisted)
	shown := s.show(parked.GetExecution().GetWorkflowId())
	require.Contains(t, shown.Meaning, "The properties: ZUse_KUT.")
	text, err := json.Marshal(shown)
	require.NoError(t, err)
	require.NotContains(t, string(text), unlisted)
	s.decide(parked.GetExecution().GetWorkflowId(), workflows.CommandSkip)
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSkipped, 1)

	// The doctor would have said so before: the text may be longer than C4C takes. The file that is shipped is fine.
	for file, verdict := range map[string]doctor.Verdict{file: doctor.Fail, vehicleFields: doctor.OK} {
		_, report := s.examine("WECHAT_C4C_WEB_FIELDS_FILE=" + file)
		finding := found(t, report, doctor.SystemC4C, "fields of the page")
		require.Equal(t, verdict, finding.Verdict, finding.Detail)
	}
}
