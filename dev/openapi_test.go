package main

import (
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
)

// The description of the public listener is valid OpenAPI, so that tools can generate clients from it.
func TestDescriptionIsOpenAPI(t *testing.T) {
	loader := openapi3.NewLoader()
	loader.Context = t.Context()
	description, err := loader.LoadFromFile("../docs/openapi.yaml")
	require.NoError(t, err)
	require.NoError(t, description.Validate(t.Context()))
}
