// Package c4c is a client for SAP Cloud for Customer (Sales Cloud and Service Cloud, version 1).
//
// It covers what a messenger channel needs: social media user profiles and activities, individual customers, tickets
// (service requests) with their texts and attachments.
//
// # Interfaces
//
// Profiles and activities are reached through the interface [Social]. Its default implementation calls the SOAP (A2X)
// services, which SAP marks as deprecated; the other one calls their OData counterparts. Everything else is OData V2
// (c4codataapi). [Options.Social] chooses.
//
// # Errors
//
// A method never sleeps and never repeats a call, with one exception: if C4C refuses an OData write without executing
// it, and the session may be the reason, the write is repeated once with a fresh session. An answer is used only if
// it is what was asked for: not a page, not another object. Every error matches one class with errors.Is
// ([ErrLocked], [ErrNotFound], …), and its details are available with errors.As ([Fault], [BusinessError],
// [ODataError], [TransportError], [ArgumentError]). No error contains the password, the URL of a request or a text
// that was sent.
//
// # Limits
//
// C4C allows fewer than ten parallel calls for a tenant over all its interfaces; [Options.MaxParallel] limits the
// calls of one Client. Characters that XML 1.0 does not allow are removed from texts. Values longer than their field
// are cut, counted in UTF-16 as ABAP does; identifiers are refused instead.
//
// Vendor documentation: https://help.sap.com/docs/SAP_CLOUD_FOR_CUSTOMER (integration, web services and OData API)
// and https://github.com/SAP-archive/C4CODATAAPIDEVGUIDE.
package c4c
