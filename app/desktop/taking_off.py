"""Taking documents off the shelf: removing with undo, putting back, and forgetting with its question and its proof.

Knows the bridge, the banner and the dialogs. Knows nothing of the shelf but that it has changed.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtWidgets import QWidget

from app.desktop.bridge import Bridge
from app.desktop.widgets.banner import Banner
from app.desktop.widgets.forget_dialog import ForgetDialog
from app.desktop.widgets.forget_proof import ForgetProof
from app.desktop.wording import number, shortened, together
from app.operations import forgetting, removing
from app.operations.results import Forgotten

Named = Sequence[tuple[str, str]]
"""Documents as (id, title)."""
translate = QCoreApplication.translate


class TakingOff(QObject):
    """One per page. changed: the shelf is another now. going: ids of documents that are about to be forgotten.

    undoable: whether there is a removal to take back.
    """

    changed = Signal()
    going = Signal(list)
    undoable = Signal(bool)

    def __init__(self, bridge: Bridge, page: QWidget, banner: Banner) -> None:
        super().__init__(page)
        self._bridge = bridge
        self._page = page
        self._banner = banner
        self._removed: list[tuple[str, str]] = []
        """What was removed since the banner was last closed or obeyed: undone together."""
        self._offer = ""
        """What the banner says of it."""

    # -- removing --------------------------------------------------------------------------------------------------

    def remove(self, named: Named) -> None:
        """Take documents off the shelf at once, and offer to put them back."""
        services, ids = self._bridge.services, [document_id for document_id, _ in named]
        self._bridge.query(lambda: removing.remove(services, ids), lambda _: self._tell_removed(named))

    def _tell_removed(self, named: Named) -> None:
        if not self._banner.sentence:
            self._removed.clear()
        self._removed = [*(other for other in self._removed if other not in named), *named]
        self._offer_to_undo()
        self.changed.emit()

    def _offer_to_undo(self) -> None:
        count = len(self._removed)
        if count == 1:
            title = shortened(self._removed[0][1], 60)
            self._offer = translate("TakingOff", "“{title}” was removed.").format(title=title)
        else:
            self._offer = translate("TakingOff", "{count} documents were removed.").format(count=number(count))
        self._banner.say(self._offer, translate("TakingOff", "Undo"), self.undo)
        self.undoable.emit(True)

    def _take_out_of_offer(self, ids: Sequence[str]) -> None:
        """These are back or gone: there is nothing to undo of them."""
        self._removed = [named for named in self._removed if named[0] not in ids]
        self.undoable.emit(bool(self._removed))
        if self._offer and self._banner.sentence == self._offer:
            if self._removed:
                self._offer_to_undo()
            else:
                self._banner.hide()

    def undo(self) -> None:
        """Put back everything the banner speaks of."""
        ids = [document_id for document_id, _ in self._removed]
        if ids:
            self.restore(ids)

    def restore(self, ids: Sequence[str]) -> None:
        services, wanted = self._bridge.services, list(ids)
        self._take_out_of_offer(wanted)
        self._bridge.query(lambda: removing.restore(services, wanted), lambda _: self.changed.emit())

    # -- forgetting ------------------------------------------------------------------------------------------------

    def ask_to_forget(self, named: Named) -> None:
        """Ask, with a list of what will go; then forget."""
        services, ids = self._bridge.services, [document_id for document_id, _ in named]
        self._bridge.query(
            lambda: forgetting.what_will_go(services, ids), lambda going: self._ask_to_forget(named, going)
        )

    def _ask_to_forget(self, named: Named, going: dict[str, int]) -> None:
        dialog = ForgetDialog([title for _, title in named], going, self._page)
        dialog.accepted.connect(lambda: self._forget(named))
        dialog.open()

    def _forget(self, named: Named) -> None:
        services, ids = self._bridge.services, [document_id for document_id, _ in named]
        self._take_out_of_offer(ids)
        self.going.emit(ids)  # whoever shows them lets go of them first
        if len(ids) == 1:
            job = self._bridge.start("forget", lambda: forgetting.forget(services, ids[0]))
            words = translate("TakingOff", "“{title}” is forgotten.").format(title=shortened(named[0][1], 60))
        else:
            job = self._bridge.start("forget", lambda: forgetting.forget_many(services, ids))
            words = translate("TakingOff", "{count} documents are forgotten.").format(count=number(len(ids)))
        job.finished.connect(lambda result: self._tell_forgotten(words, result))
        job.failed.connect(self._banner.say)
        job.ended.connect(self.changed)

    def _tell_forgotten(self, words: str, result: Forgotten) -> None:
        found = self.tr("%n trace(s) found in the data folder.", "", result.residue)
        self._banner.say(
            together(words, found),
            translate("TakingOff", "Show the proof"),
            lambda: ForgetProof(words, result, self._page).open(),
        )
