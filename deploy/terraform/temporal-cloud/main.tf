# A namespace of Temporal Cloud as the connector needs it, and an API key that may use it and nothing else.
# docs/deploy/temporal.md#temporal-cloud says how to apply it.
terraform {
  required_version = ">= 1.6"
  required_providers {
    temporalcloud = {
      source  = "temporalio/temporalcloud"
      version = ">= 1.0"
    }
  }
}

# It reads its own API key from TEMPORAL_CLOUD_API_KEY.
provider "temporalcloud" {}

resource "temporalcloud_namespace" "connector" {
  name           = var.name
  regions        = [var.region]
  retention_days = var.retention_days
  api_key_auth   = true

  # Temporal UI asks this address to decrypt what it shows; without one it shows cipher text.
  codec_server = var.codec_endpoint == "" ? null : {
    endpoint                         = var.codec_endpoint
    pass_access_token                = true
    include_cross_origin_credentials = false
  }
}

# By these operators find syncs. "wechat-c4c bootstrap" may not create them in Temporal Cloud.
resource "temporalcloud_namespace_search_attribute" "connector" {
  for_each     = toset(["Account", "FollowerKey", "SyncError", "SyncState", "TicketID"])
  namespace_id = temporalcloud_namespace.connector.id
  name         = each.value
  type         = "Keyword"
}

resource "temporalcloud_service_account" "connector" {
  name           = var.name
  account_access = "read"
  namespace_accesses = [
    {
      namespace_id = temporalcloud_namespace.connector.id
      permission   = "write"
    }
  ]
}

resource "temporalcloud_apikey" "connector" {
  display_name = var.name
  owner_type   = "service-account"
  owner_id     = temporalcloud_service_account.connector.id
  expiry_time  = var.key_expires
}
