"""What can go wrong with an image, by what the caller can do about it."""


class ImageBuildFailed(Exception):
    """An image could not be built; the text is a sentence for a person, with the log's place if there is one."""
