"""Errors a user can act on. Each class carries the exit code that the `csr` command ends with."""


class CsrError(Exception):
    """The system failed: disk, permission, another run of this build, the unexpected."""

    exit_code = 1


class Interrupted(BaseException):
    """Ctrl-C or SIGTERM. Its notes say what is there then. Not KeyboardInterrupt: typer would change its exit code."""

    exit_code = 130


class ParamsError(CsrError):
    """Bad arguments, parameters or an unknown id."""

    exit_code = 2


class LockError(CsrError):
    """A lock does not match, is missing, unreadable or not pinned."""

    exit_code = 3


class DataError(CsrError):
    """The clinical data are invalid."""

    exit_code = 4


class NotebookError(CsrError):
    """A notebook failed, or the second route disagrees."""

    exit_code = 5


class RenderError(CsrError):
    """The lint or the rendering failed."""

    exit_code = 6


class VerifyError(CsrError):
    """Verification, a signature or the audit chain failed."""

    exit_code = 7


BY_EXIT_CODE = {
    error.exit_code: error
    for error in (CsrError, ParamsError, LockError, DataError, NotebookError, RenderError, VerifyError)
}
