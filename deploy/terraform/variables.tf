variable "table_name" {
  description = "Name of the table; next-auth is what Auth.js's adapter expects"
  type        = string
  default     = "next-auth"

  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]{3,200}$", var.table_name))
    error_message = "table_name must be 3 to 200 letters, digits, underscores, dots and hyphens."
  }
}

variable "service" {
  description = "Servers on Fargate; without it, the module makes the table and the policy only"
  type = object({
    # The image of deploy/Dockerfile in your registry.
    image = string
    # An ECS cluster, private subnets with a route to DynamoDB, and groups that the load balancer may reach at port 8000.
    cluster_arn        = string
    subnet_ids         = list(string)
    security_group_ids = list(string)
    # A target group of type ip with the health check /readyz, of a load balancer with a listener for HTTPS.
    target_group_arn = string
    # The networks of the load balancer, whose X-Forwarded-* headers are trusted.
    trusted_proxies = list(string)
    # AUTHGRAPH_ADMIN_KEY, AUTHGRAPH_SECRET_KEY and, for JWT sessions, AUTHGRAPH_AUTH_SECRET: ARNs in Secrets Manager.
    secrets   = map(string)
    settings  = optional(map(string), {})
    tasks     = optional(number, 2)
    max_tasks = optional(number, 10)
    log_days  = optional(number, 30)
  })
  default = null

  validation {
    condition     = var.service == null || try(var.service.tasks >= 1 && var.service.tasks <= var.service.max_tasks && var.service.max_tasks <= 1000, false)
    error_message = "service.tasks must be at least 1, and service.max_tasks from service.tasks to 1000."
  }

  validation {
    condition     = var.service == null || try(length(var.service.trusted_proxies) > 0, false)
    error_message = "service.trusted_proxies must name the networks of the load balancer."
  }

  validation {
    condition     = var.service == null || try(length(setsubtract(["AUTHGRAPH_ADMIN_KEY", "AUTHGRAPH_SECRET_KEY"], keys(var.service.secrets))) == 0, false)
    error_message = "service.secrets must have AUTHGRAPH_ADMIN_KEY and AUTHGRAPH_SECRET_KEY."
  }
}
