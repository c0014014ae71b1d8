package c4csim

import (
	"net/http"
	"strings"
)

// classCommon is the message class of the framework's own errors.
const classCommon = "/AP_ESI_COMMON/"

// problem is a business error, in the words of either protocol: TypeID "107(/AP_ESI_COMMON/)" in a SOAP Log, code
// "AP_ESI_COMMON:107" in OData. Without a class only the text is sent. status is the HTTP status over OData; over
// SOAP a business error is always 200.
type problem struct {
	status        int
	class, number string
	text          string
}

func (p problem) typeID() string {
	if p.class == "" {
		return ""
	}
	return p.number + "(" + p.class + ")"
}

func (p problem) code() string {
	if p.class == "" {
		return ""
	}
	if p.class == classCommon {
		return strings.Trim(p.class, "/") + ":" + p.number
	}
	return p.class + ":" + p.number
}

func invalid(text string) *problem {
	return &problem{status: http.StatusBadRequest, class: "CM_DS_APPL_ERROR", number: "000", text: text}
}

func problemLocked(user string) problem {
	return problem{status: http.StatusBadRequest, class: classCommon, number: "101",
		text: "Locking failed: record locked by user " + user}
}

func problemReadOnly(what string) *problem {
	return &problem{status: http.StatusBadRequest, class: classCommon, number: "107",
		text: what + " is completed; data is read-only"}
}

func problemDisabled(what string) *problem {
	return &problem{status: http.StatusBadRequest, class: classCommon, number: "106", text: "Action not enabled: " + what}
}

func problemInternalField() *problem {
	return &problem{status: http.StatusBadRequest, class: "/APBP/CENT", number: "003",
		text: "Cannot maintain internal field"}
}

func problemNotFound() *problem {
	return &problem{status: http.StatusNotFound,
		text: "The server has not found any resource matching the Data Services Request URI"}
}

// problemNumbered makes an error from the errcode of a fault rule: "106", "034(/CL_CDA_BUSDT/)" without brackets as
// "/CL_CDA_BUSDT/:034".
func problemNumbered(errcode string) problem {
	class, number := classCommon, errcode
	if i := strings.LastIndexByte(errcode, ':'); i >= 0 {
		class, number = errcode[:i], errcode[i+1:]
	}
	if class == "AP_ESI_COMMON" {
		class = classCommon
	}
	text := map[string]string{
		"101": "Locking failed: record locked by user AGENT01", "106": "Action not enabled", "107": "Data is read-only",
	}[number]
	if text == "" {
		text = "Processing of the object failed"
	}
	return problem{status: http.StatusBadRequest, class: class, number: number, text: text}
}
