package activities

import (
	"context"

	"github.com/google/uuid"

	"github.com/wechat-c4c/wechat-c4c/c4c"
)

// Customer is an individual customer in C4C.
type Customer struct {
	ObjectID string `json:"object_id"`
	ID       string `json:"id"`
	UUID     string `json:"uuid"`
}

// EnsureCustomerInput asks for the follower's individual customer.
type EnsureCustomerInput struct {
	Follower
	// LastName is a placeholder until the follower registers: WeChat provides no names.
	LastName  string `json:"last_name"`
	LookFirst bool   `json:"look_first,omitempty"`
	Round     int    `json:"round,omitempty"`
}

// EnsureCustomer makes sure that the follower has exactly one individual customer. The openid is stored in NickName,
// the only free customer field that OData can both write and search.
func (a *C4C) EnsureCustomer(ctx context.Context, in EnsureCustomerInput) (Customer, error) {
	client, err := a.client(in.Account)
	if err != nil {
		return Customer{}, err
	}
	ensured, err := once[c4c.Customer]{
		key: "customer:" + in.Account + ":" + in.OpenID, round: in.Round, look: in.LookFirst, callLife: client.Timeout(),
		find: func() (c4c.Customer, bool, error) { return unlessMissing(client.FindCustomer(ctx, in.OpenID)) },
		write: func(uuid.UUID) (c4c.Customer, error) {
			return client.CreateCustomer(ctx, c4c.NewCustomer{LastName: in.LastName, NickName: in.OpenID})
		},
	}.do(ctx)
	if err != nil {
		return Customer{}, fromC4C(ctx, err)
	}
	return customerOf(ensured), nil
}

func customerOf(c c4c.Customer) Customer {
	return Customer{ObjectID: c.ObjectID, ID: c.ID, UUID: c.UUID}
}
