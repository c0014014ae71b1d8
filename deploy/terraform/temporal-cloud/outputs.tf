output "temporal_address" {
  description = "TEMPORAL_ADDRESS"
  value       = temporalcloud_namespace.connector.endpoints.grpc_address
}

output "temporal_namespace" {
  description = "TEMPORAL_NAMESPACE"
  value       = temporalcloud_namespace.connector.id
}

output "temporal_api_key" {
  description = "The key api-key of the secret wechat-c4c-temporal. Terraform keeps it in its state: encrypt that."
  value       = temporalcloud_apikey.connector.token
  sensitive   = true
}
