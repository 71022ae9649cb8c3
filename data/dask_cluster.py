"""A Dask cluster as workers: tasks go to its scheduler, and come back in order."""

from __future__ import annotations

import os
import uuid
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from .chosen_workers import within_a_worker
from .code_hash import code_hash
from .input_error import InputError
from .work import TRIES, Outcome, Work, attempt

if TYPE_CHECKING:
    from distributed import Client, Future

__all__ = ["DaskCluster"]

_CONNECT_S = 10
_AHEAD = 4
"""Tasks sent per thread of the cluster: enough that none waits, and few enough to hold their results."""

_SHARED = 4
"""Objects shared by tasks that are kept on the cluster: those of the work under way, and not all of a run."""

_BEGUN = "tussis-begun"
"""Key of the scheduler's metadata under which tries under way are counted."""

_PACKAGES = ("numpy", "scipy", "scikit-learn", "soxr", "xgboost", "xgboost-cpu")
"""Packages that have to be of one version everywhere: results depend on them."""


class DaskCluster:
    """The workers of a scheduler that is running.

    Every worker reads recordings and keeps features under the paths of this machine. How often a task was
    begun is counted at the scheduler: one that takes its workers with it is given up after two, whatever the
    cluster's own limit, and one that merely waited there is not blamed.

    Parameters
    ----------
    address
        Address of the scheduler.

    Raises
    ------
    InputError
        Nobody answers, or a worker has other versions.
    """

    def __init__(self, address: str) -> None:
        from distributed import Client

        self._address = address
        try:
            self._client: Client = Client(address, timeout=_CONNECT_S, set_as_default=False)
        except (OSError, ValueError) as error:
            remedy = "start one with: dask scheduler, and workers with: dask worker ADDRESS --nthreads 1"
            raise self._fault(f"no scheduler answers: {error}", remedy) from error
        self._sent: deque[tuple[Any, Future]] = deque(maxlen=_SHARED)
        try:
            self._check()
        except BaseException:
            self._client.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def _fault(self, problem: str, remedy: str) -> InputError:
        return InputError("--dask", problem, field=self._address, remedy=remedy)

    def _check(self) -> None:
        """Refuse a cluster without workers, or with a worker that would compute something else."""
        found: dict[str, Any] = self._client.run(_versions, on_error="return")
        if not found:
            remedy = f"start some with: dask worker {self._address} --nthreads 1"
            raise self._fault("the scheduler has no workers", remedy)
        own = _versions()
        same = "install the same versions everywhere"
        for place, theirs in sorted(found.items()):
            if not isinstance(theirs, dict):
                raise self._fault(f"worker {place} has no tussis: {theirs}", same)
            for package, wanted in own.items():
                if theirs.get(package) != wanted:
                    there = f"worker {place} has {package} {theirs.get(package)}"
                    raise self._fault(f"{there}, this machine has {wanted}", same)

    def outcomes(self, work: Work) -> Iterator[Outcome]:
        """Run tasks on the cluster, and yield their outcomes in order.

        Raises
        ------
        InputError
            The scheduler went away.
        """
        run = uuid.uuid4().hex
        shared = None if work.shared is None else self._future_of(work.shared)
        with self._reached():
            ahead = _AHEAD * max(sum(self._client.nthreads().values()), 1)
        under_way: dict[int, Future] = {}
        try:
            for number in range(len(work)):
                for coming in range(number, min(number + ahead, len(work))):
                    if coming not in under_way:
                        under_way[coming] = self._submit(work, coming, run, shared)
                found = self._outcome(under_way[number], run, number)
                while found is None:
                    under_way[number] = self._submit(work, number, run, shared)
                    found = self._outcome(under_way[number], run, number)
                yield found
                del under_way[number]  # and the cluster may forget the result
        finally:
            if self._client.status == "running":
                with suppress(OSError, TimeoutError):  # what ended the work is said, not this
                    self._client.cancel(list(under_way.values()))
                    self._client.set_metadata([_BEGUN, run], {})

    def _submit(self, work: Work, number: int, run: str, shared: Future | None) -> Future:
        return self._sent_with(
            _on_worker, work.function, work.tasks[number], shared, [_BEGUN, run, str(number)], os.getcwd()
        )

    def _sent_with(self, function: Callable[..., Any], *arguments: Any) -> Future:
        """Send a call and what it needs: arguments go along with it, so that no worker's death loses them."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that they are large
            with self._reached():
                return self._client.submit(function, *arguments, key=f"tussis-{uuid.uuid4().hex}", pure=False)

    def _future_of(self, shared: Any) -> Future:
        """Send what many tasks share, once."""
        for known, future in self._sent:
            if known is shared:
                return future
        future = self._sent_with(_same, shared)
        self._sent.append((shared, future))
        return future

    def _outcome(self, future: Future, run: str, number: int) -> Outcome | None:
        """Wait for the outcome of a task; None where it has to be sent again."""
        from distributed import KilledWorker

        with self._reached():
            try:
                found: Outcome = future.result()
            except KilledWorker:
                begun = self._client.get_metadata([_BEGUN, run, str(number)], 0)
                return Outcome(died=True) if begun >= TRIES else None
        return found

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Say in one line that the scheduler went away, whichever call meets it first."""
        from distributed import CancelledError
        from distributed.client import ClosedClientError

        try:
            yield
        except (CancelledError, ClosedClientError, OSError, TimeoutError) as error:
            why = str(error) or type(error).__name__
            raise self._fault(
                f"the scheduler went away: {why}", "start it again and repeat the command"
            ) from error


def _same(shared: Any) -> Any:
    return shared


def _on_worker(
    function: Callable[..., Any], arguments: tuple[Any, ...], shared: Any, place: list[str], folder: str
) -> Outcome:
    """Begin a task, unless it took as many workers with it as are allowed; paths are relative to `folder`."""
    from distributed import worker_client

    with worker_client(separate_thread=False) as client:
        begun = client.get_metadata(place, 0)
        if begun >= TRIES:
            return Outcome(died=True)
        client.set_metadata(place, begun + 1)
    if os.getcwd() != folder:
        os.chdir(folder)
    with within_a_worker():
        outcome = attempt(function, arguments if shared is None else (shared, *arguments))
    with worker_client(separate_thread=False) as client:
        client.set_metadata(place, begun)
    return outcome


def _versions() -> dict[str, str]:
    """Versions of what results depend on, and of this package's code."""
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "none"
    code = code_hash("data", "signal", "selection", "export", "firmware_stub/src/dsp")
    return {"tussis": f"{version('tussis')} ({code[:12]})", **found}
