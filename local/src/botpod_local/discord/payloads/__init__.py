"""Records as the JSON that Discord sends. Pure: nothing here changes the world."""
