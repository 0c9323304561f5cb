"""What an operation does: who may, which loader answers, which repository writes."""
