package main

import (
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
)

// The description of the public listener is OpenAPI, for tools that make clients of it.
func TestDescriptionIsOpenAPI(t *testing.T) {
	loader := openapi3.NewLoader()
	loader.Context = t.Context()
	description, err := loader.LoadFromFile("../docs/openapi.yaml")
	require.NoError(t, err)
	require.NoError(t, description.Validate(t.Context()))
}
