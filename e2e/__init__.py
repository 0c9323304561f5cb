"""Real apps that sign people in through the adapter of clients/typescript, as their users install and run them."""
