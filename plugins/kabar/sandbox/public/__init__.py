"""What a citizen would see: Pages and their posts in Bahasa Indonesia, without JavaScript."""
