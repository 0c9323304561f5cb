locals {
  services = var.service == null ? {} : { authgraph = var.service }
}

data "aws_region" "current" {}

data "aws_iam_policy_document" "tasks" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

# What the server may do.
resource "aws_iam_role" "server" {
  for_each = local.services

  name_prefix        = "authgraph-server-"
  assume_role_policy = data.aws_iam_policy_document.tasks.json
}

resource "aws_iam_role_policy_attachment" "server" {
  for_each = local.services

  role       = aws_iam_role.server[each.key].name
  policy_arn = aws_iam_policy.server.arn
}

# What ECS may do to start it: pull the image, write the log, read the secrets.
resource "aws_iam_role" "start" {
  for_each = local.services

  name_prefix        = "authgraph-start-"
  assume_role_policy = data.aws_iam_policy_document.tasks.json
}

resource "aws_iam_role_policy_attachment" "start" {
  for_each = local.services

  role       = aws_iam_role.start[each.key].name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

data "aws_iam_policy_document" "secrets" {
  for_each = local.services

  statement {
    actions   = ["secretsmanager:GetSecretValue"]
    resources = values(each.value.secrets)
  }
}

resource "aws_iam_role_policy" "secrets" {
  for_each = local.services

  role   = aws_iam_role.start[each.key].name
  policy = data.aws_iam_policy_document.secrets[each.key].json
}

resource "aws_cloudwatch_log_group" "server" {
  for_each = local.services

  name_prefix       = "/authgraph/"
  retention_in_days = each.value.log_days
}

resource "aws_ecs_task_definition" "server" {
  for_each = local.services

  family                   = "authgraph"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 512
  memory                   = 1024
  task_role_arn            = aws_iam_role.server[each.key].arn
  execution_role_arn       = aws_iam_role.start[each.key].arn

  volume {
    name = "tmp"
  }

  container_definitions = jsonencode([{
    name                   = "authgraph"
    image                  = each.value.image
    essential              = true
    readonlyRootFilesystem = true
    # Longer than AUTHGRAPH_TIMEOUT_SECONDS.
    stopTimeout  = 30
    portMappings = [{ containerPort = 8000 }]
    mountPoints  = [{ sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }]
    environment = [for name, value in merge(each.value.settings, {
      AUTHGRAPH_TABLE_NAME           = aws_dynamodb_table.identity.name
      AUTHGRAPH_DIRECTORY_INDEX_NAME = "GSI2"
      AUTHGRAPH_TRUSTED_PROXIES      = join(",", each.value.trusted_proxies)
    }) : { name = name, value = value }]
    secrets = [for name, arn in each.value.secrets : { name = name, valueFrom = arn }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.server[each.key].name
        awslogs-region        = data.aws_region.current.name
        awslogs-stream-prefix = "authgraph"
      }
    }
  }])
}

resource "aws_ecs_service" "server" {
  for_each = local.services

  name                               = "authgraph"
  cluster                            = each.value.cluster_arn
  task_definition                    = aws_ecs_task_definition.server[each.key].arn
  desired_count                      = each.value.tasks
  launch_type                        = "FARGATE"
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  health_check_grace_period_seconds  = 30

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets         = each.value.subnet_ids
    security_groups = each.value.security_group_ids
  }

  load_balancer {
    target_group_arn = each.value.target_group_arn
    container_name   = "authgraph"
    container_port   = 8000
  }

  lifecycle {
    ignore_changes = [desired_count]
  }
}

resource "aws_appautoscaling_target" "server" {
  for_each = local.services

  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${reverse(split("/", each.value.cluster_arn))[0]}/${aws_ecs_service.server[each.key].name}"
  min_capacity       = each.value.tasks
  max_capacity       = each.value.max_tasks
}

resource "aws_appautoscaling_policy" "server" {
  for_each = local.services

  name               = "load"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.server[each.key].service_namespace
  scalable_dimension = aws_appautoscaling_target.server[each.key].scalable_dimension
  resource_id        = aws_appautoscaling_target.server[each.key].resource_id

  target_tracking_scaling_policy_configuration {
    target_value = 60

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}
