"""What is in `deploy/`: policies, containers, services and templates."""
