variable "name" {
  description = "Name of the namespace, without the account's suffix."
  type        = string
  default     = "wechat-c4c"
}

variable "region" {
  description = "Region of Temporal Cloud, near the workers: https://docs.temporal.io/cloud/regions"
  type        = string
}

variable "retention_days" {
  description = "How many days closed workflows are kept. Duplicates are recognised for as long."
  type        = number
  default     = 14

  validation {
    condition     = var.retention_days >= 14 && var.retention_days <= 90
    error_message = "retention_days must lie between 14, which the connector needs, and 90, which Temporal Cloud allows."
  }
}

variable "codec_endpoint" {
  description = "Address under which the browser of an operator reaches the api's /codec, with https; empty: none."
  type        = string
  default     = ""

  validation {
    condition     = var.codec_endpoint == "" || startswith(var.codec_endpoint, "https://")
    error_message = "codec_endpoint must begin with https://, such as https://codec.example.com/codec."
  }
}

variable "key_expires" {
  description = "When the API key expires, such as 2027-11-30T00:00:00Z. Make a new one before."
  type        = string
}
