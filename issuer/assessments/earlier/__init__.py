"""A person's earlier sessions: what they show without annulled items, and which questions they asked."""
