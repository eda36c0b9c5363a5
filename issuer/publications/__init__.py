"""What the deployment publishes: written with the change that causes it, read from memory and files."""
