"""Lets botocore remember what it works out anew each time: apps that make a session, client or table for each request
would spend most of the run on it.

All of it is read-only to botocore and boto3 themselves, which share the same objects within one session or client.
"""

from __future__ import annotations

import functools
from types import ModuleType
from typing import Any, Callable

from stanch_runner.after_import import AfterImport

#: Most entries of one memory: an app that makes functions or models without end is no reason to grow without end.
MOST = 20_000


def install(imports: AfterImport) -> None:
    """Patch botocore once it is imported."""
    imports.watch("botocore.loaders", _share_models)
    imports.watch("botocore.model", _keep_shapes)
    imports.watch("botocore.hooks", _keep_signatures)
    imports.watch("boto3.resources.factory", _keep_classes)


def _share_models(module: ModuleType) -> None:
    """The models that one session has read from its files are those of any other that looks in the same places."""
    shared: dict[Any, dict[Any, Any]] = {}

    def memory(self: Any) -> dict[Any, Any]:
        place = (tuple(self._search_paths), tuple(getattr(self, "_extras_types", ())))
        # A loader that gets its files otherwise is left alone.
        is_usual = type(self.file_loader) is module.JSONFileLoader and (place in shared or len(shared) < 16)
        return (shared if is_usual else self.__dict__).setdefault(place if is_usual else "_stanch_own", {})

    # Each loader begins with an empty memory of its own, which is then not taken.
    module.Loader._cache = property(memory, lambda *_: None)  # type: ignore[attr-defined]


def _keep_shapes(module: ModuleType) -> None:
    """A shape says what the model says; the model's own dictionaries, which it is known by, live as long as it."""
    resolver: Any = module.ShapeResolver
    resolve: Callable[..., Any] = resolver.resolve_shape_ref

    @functools.wraps(resolve)
    def resolve_shape_ref(self: Any, shape_ref: Any) -> Any:
        kept = self.__dict__.setdefault("_stanch_kept", {})
        known = kept.get(id(shape_ref))
        if known is not None and known[0] is shape_ref:
            return known[1]
        shape = resolve(self, shape_ref)
        if len(kept) < MOST:
            kept[id(shape_ref)] = (shape_ref, shape)
        return shape

    resolver.resolve_shape_ref = resolve_shape_ref


def _keep_signatures(module: ModuleType) -> None:
    """Each handler of an event is inspected when it is registered, and every client registers the same ones."""
    look: Callable[[Any], Any] = module.accepts_kwargs
    kept: dict[Any, Any] = {}

    @functools.wraps(look)
    def accepts_kwargs(func: Any) -> Any:
        # Methods are new objects each time; their functions are not. What is neither may look different next time.
        code = getattr(getattr(func, "__func__", func), "__code__", None)
        if code is None or hasattr(func, "__signature__") or hasattr(func, "__wrapped__"):
            return look(func)
        known = kept.get(id(code))
        if known is None:
            known = (code, look(func))
            if len(kept) < MOST:
                kept[id(code)] = known
        return known[1]

    module.accepts_kwargs = accepts_kwargs  # type: ignore[attr-defined]


def _keep_classes(module: ModuleType) -> None:
    """The class of `resource.Table` is made anew for each table, of what the session has."""
    factory: Any = module.ResourceFactory
    make: Callable[..., Any] = factory.load_from_definition

    @functools.wraps(make)
    def load_from_definition(
        self: Any, resource_name: Any, single_resource_json_definition: Any, service_context: Any
    ) -> Any:
        event = f"creating-resource-class.{service_context.service_name}.{resource_name}"
        try:
            # Whoever listens may change the class, so others who listen get another one.
            listening = tuple(getattr(self._emitter, "_emitter", self._emitter)._handlers.prefix_search(event))
        except AttributeError:
            return make(self, resource_name, single_resource_json_definition, service_context)
        kept = self.__dict__.setdefault("_stanch_kept", {})
        known = kept.get((event, id(single_resource_json_definition)))
        if known is not None and known[1] == listening:
            return known[2]
        made = make(self, resource_name, single_resource_json_definition, service_context)
        if len(kept) < MOST:
            # The definition is kept too, so that no other one gets its identity.
            kept[event, id(single_resource_json_definition)] = (single_resource_json_definition, listening, made)
        return made

    factory.load_from_definition = load_from_definition
