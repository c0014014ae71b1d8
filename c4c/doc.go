// Package c4c is a client for SAP Cloud for Customer (Sales Cloud and Service Cloud, version 1).
//
// It covers what a messenger channel needs: social media user profiles and activities, individual customers, tickets
// (service requests) with their texts and attachments.
//
// # Interfaces
//
// Profiles and activities are reached through the interface [Social]. Its default implementation calls the SOAP (A2X)
// services, which SAP marks as deprecated; the other one calls their OData twins. Everything else is OData V2
// (c4codataapi). [Options.Social] chooses.
//
// # Errors
//
// A method never sleeps and never repeats a call, with one exception: an OData write that C4C refuses without executing
// it, for a reason that may be its session, is repeated once with a fresh one. What comes back is used only where it is
// what was asked for: not a page, not somebody else's object. Every error matches one class with errors.Is
// ([ErrLocked], [ErrNotFound], …), and its details can be had with errors.As ([Fault], [BusinessError], [ODataError],
// [TransportError], [ArgumentError]). No error holds the password, the URL of a request or a text that was sent.
//
// # Limits
//
// C4C allows fewer than ten parallel calls for a tenant over all its interfaces; [Options.MaxParallel] caps the calls
// of one Client. Text loses the characters that XML 1.0 does not allow; what is longer than its field is cut by
// characters as ABAP counts them, in UTF-16, except identifiers, which are refused.
//
// Vendor documentation: https://help.sap.com/docs/SAP_CLOUD_FOR_CUSTOMER (integration, web services and OData API) and
// https://github.com/SAP-archive/C4CODATAAPIDEVGUIDE.
package c4c
