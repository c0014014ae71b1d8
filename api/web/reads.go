package web

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// Cache sizes for reads, in bytes. Followers determine the size of their own threads.
const (
	customerRoom = 4 << 20
	ticketRoom   = 8 << 20
	threadRoom   = 32 << 20
)

// weigh is the approximate size of a value in memory, in bytes.
func weigh[T any](value T) int64 {
	written, _ := json.Marshal(value)
	return 2 * int64(len(written))
}

const (
	readLife = 15 * time.Second // how long a read is fresh
	readRoom = 2_000            // how many of each kind are kept in case C4C is down
	staleFor = time.Hour        // how long those may be shown
)

// reads are the cached reads of followers.
type reads struct {
	customers *recent[workflows.CustomerView]
	tickets   *recent[workflows.TicketList]
	threads   *recent[workflows.TicketThread]
	missing   *recent[bool] // threads that do not exist, or are another person's
	now       func() time.Time

	mu   sync.Mutex
	keys map[string]map[string]bool // by follower, for outdate
}

func newReads(now func() time.Time) *reads {
	return &reads{
		now: now, customers: newRecent[workflows.CustomerView](now, readLife, readRoom).atMost(staleFor).
			bounded(customerRoom, weigh),
		tickets: newRecent[workflows.TicketList](now, readLife, readRoom).atMost(staleFor).
			bounded(ticketRoom, weigh),
		threads: newRecent[workflows.TicketThread](now, readLife, readRoom).atMost(staleFor).
			bounded(threadRoom, weigh), keys: map[string]map[string]bool{},
		missing: newRecent[bool](now, missingLife, 10*readRoom),
	}
}

// fresh reads, or returns an earlier read if that fails. old is then its age, otherwise zero.
func fresh[T any](r *reads, from *recent[T], openID, what string, read func() (T, error)) (value T,
	old time.Duration, err error) {
	key := openID + " " + what
	r.noteKey(openID, key)
	found, err := from.get(key, read)
	if err == nil {
		return found, 0, nil
	}
	if errors.Is(err, ErrNotTheirs) {
		return value, 0, errNotFound.because(err)
	}
	if before, ok := from.kept(key); ok && r.now().Sub(before.at) < staleFor {
		return before.value, max(r.now().Sub(before.at), time.Minute), nil
	}
	if errors.Is(err, ErrNoReads) {
		return value, 0, errNoReads.because(err)
	}
	if refused, ok := errors.AsType[*problem](err); ok {
		return value, 0, refused
	}
	return value, 0, errUnavailable.because(err)
}

func (r *reads) noteKey(openID, key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.keys) >= readRoom && r.keys[openID] == nil {
		clear(r.keys)
	}
	if r.keys[openID] == nil || len(r.keys[openID]) > 100 {
		r.keys[openID] = map[string]bool{}
	}
	r.keys[openID][key] = true
}

// outdate makes what was read of a follower before a time be read again, because they have changed something.
func (r *reads) outdate(openID string, before time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for key := range r.keys[openID] {
		r.customers.outdate(key, before)
		r.tickets.outdate(key, before)
		r.threads.outdate(key, before)
		r.missing.outdate(key, before)
	}
}

// forget drops everything read of a follower.
func (r *reads) forget(openID string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for key := range r.keys[openID] {
		r.customers.drop(key)
		r.tickets.drop(key)
		r.threads.drop(key)
		r.missing.drop(key)
	}
	delete(r.keys, openID)
}

func (s *Site) query(own *session, status followStatus) workflows.CustomerQuery {
	return workflows.CustomerQuery{Follower: workflows.Follower{Account: s.Account, OpenID: own.OpenID},
		CustomerID: status.CustomerID}
}

func (s *Site) readCustomer(ctx context.Context, own *session) (workflows.CustomerView, time.Duration, error) {
	query := s.query(own, s.followStatus(ctx, own.OpenID))
	query.Properties = propertiesOf(s.CustomerFields)
	return fresh(s.reads, s.reads.customers, own.OpenID, "customer", func() (workflows.CustomerView, error) {
		return inTurn(context.WithoutCancel(ctx), s, own.OpenID, func() (workflows.CustomerView, error) {
			customer, err := s.Backend.Customer(context.WithoutCancel(ctx), query)
			customer.Fields = byName(s.CustomerFields, customer.Fields, registeredName(customer.Data) != "")
			return customer, err
		})
	})
}

func (s *Site) readTickets(ctx context.Context, own *session, page int) (workflows.TicketList, time.Duration, error) {
	query := workflows.TicketsQuery{
		CustomerQuery: s.query(own, s.followStatus(ctx, own.OpenID)), Top: pageSize, Skip: (page - 1) * pageSize,
	}
	return fresh(s.reads, s.reads.tickets, own.OpenID, "tickets "+strconv.Itoa(page),
		func() (workflows.TicketList, error) {
			return inTurn(context.WithoutCancel(ctx), s, own.OpenID, func() (workflows.TicketList, error) {
				return s.Backend.Tickets(context.WithoutCancel(ctx), query)
			})
		})
}

func (s *Site) readThread(ctx context.Context, own *session, ticketID string) (workflows.TicketThread, time.Duration,
	error) {
	if !ticketForm.MatchString(ticketID) {
		return workflows.TicketThread{}, 0, errNotFound
	}
	what := "ticket " + ticketID
	if _, missing := s.reads.missing.fresh(own.OpenID + " " + what); missing {
		return workflows.TicketThread{}, 0, errNotFound
	}
	customer := s.query(own, s.followStatus(ctx, own.OpenID))
	query := workflows.TicketQuery{Follower: customer.Follower, CustomerID: customer.CustomerID, TicketID: ticketID,
		Properties: propertiesOf(s.TicketFields)}
	thread, old, err := fresh(s.reads, s.reads.threads, own.OpenID, what, func() (workflows.TicketThread, error) {
		thread, err := s.askForThread(context.WithoutCancel(ctx), query)
		thread.Fields = byName(s.TicketFields, thread.Fields, false) // it may be of the chat
		return thread, err
	})
	if errors.Is(err, ErrNotTheirs) {
		s.reads.missing.keep(own.OpenID+" "+what, true)
	}
	return thread, old, err
}
