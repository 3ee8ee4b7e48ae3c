"""What is listened for in one contact, as its pins have it, with the graph that finds it."""

from msgspec import Struct

from ...events.base import ContactRef, Position
from ...events.voices import Voices
from .case import Output
from .graph import Graph, Models, compile_graph
from .lane import GuidanceLane
from .pinning import Pinning
from .policy import Compiled


class Listened(Struct, frozen=True):
    """What holds at a position of the log."""

    compiled: Compiled
    graph: Graph


class Listening:
    """Compiles each choice of playbooks once."""

    def __init__(
        self, contact: ContactRef, pinning: Pinning, lane: GuidanceLane, *, models: Models
    ) -> None:
        self._contact = contact
        self._pinning = pinning
        self._lane = lane
        self._models = models
        self._listened: dict[int, Listened] = {}  # by the identity of what was compiled

    async def at(self, upto: Position, voices: Voices) -> Listened:
        """Return what holds at a position; what was not decided yet is, and recorded first.

        Raises:
            LogUnavailable: playbooks cannot be had now, or nothing be recorded.
            StreamMoved: another process cares for the contact too.
        """
        due = await self._pinning.due(voices, upto=upto)
        if due is not None:
            await self._lane.append([(Output(due.id, due.event), due.cause)])
            self._pinning.pinned(due)
        compiled = self._pinning.compiled(upto)
        if id(compiled) not in self._listened:
            graph = compile_graph(compiled.playbook, self._models, tenant=self._contact.tenant)
            for node in graph.nodes:
                node.warm()
            # Held with what it is of: no other object gets that identity meanwhile.
            self._listened[id(compiled)] = Listened(compiled, graph)
        return self._listened[id(compiled)]
