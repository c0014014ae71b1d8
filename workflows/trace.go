package workflows

// TraceParent is the span of the webhook that brought the message, as W3C's traceparent; empty where nobody traces.
func (in CreateTicketInput) TraceParent() string { return in.Message.Trace }

// TraceParent is the span of the webhook that brought the reply, as W3C's traceparent; empty where nobody traces.
func (in DeliverReplyInput) TraceParent() string { return in.Reply.Trace }
