"""Errors of storage a user can act on."""


class StorageError(Exception):
    """One sentence for the user: what is wrong, what was kept, and the way out."""


class UnusableDatabase(StorageError):
    """A database file that is damaged, of another program or of another version: waiting does not help, another file does."""


class PageSkipped(StorageError):
    """A page nobody waits for any more: newer ones were asked for."""


class ReaderError(StorageError):
    """A file that cannot become a document: broken, encrypted, empty, too large, or not what its name says."""


class ReaderBroke(ReaderError):
    """A file whose reader crashed, or ran out of time or memory: not worth reading again unasked."""
