"""Leads boto3 (and what stands on botocore: PynamoDB, aioboto3) to our ports and tells each call.

`BaseClient._make_api_call` is the one door of every call; aiobotocore has a door of its own.
"""

from __future__ import annotations

import functools
import inspect
import re
import time
from types import ModuleType
from typing import Any, Callable, Optional
from urllib.parse import urlsplit, urlunsplit

from stanch_runner import probe, recall
from stanch_runner.after_import import AfterImport
from stanch_runner.config import Config
from stanch_runner.control import Control
from stanch_runner.places import Places
from stanch_runner.tracing import Rest

#: Addresses of metadata services: the SDK asks them for credentials, they are no service endpoint.
METADATA = ("169.254.169.254", "169.254.170.2", "169.254.170.23", "[fd00:ec2::254]")

#: What stands for a signature: well-formed, and of no key.
SIGNATURE = "AWS4-HMAC-SHA256 Credential=none/20200101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0"

#: Hosts of S3 that name a bucket: `photos.s3.eu-west-1.amazonaws.com`.
BUCKET = re.compile(r"(.+)\.s3[.-][a-z0-9.-]*amazonaws\.com$")


class Sdk:
    """The patches on botocore and aiobotocore."""

    def __init__(self, config: Config, control: Control, places: Places) -> None:
        """Take the ports to lead to."""
        self._front = config.front
        self._stub = config.stub
        # Tests may have a stand-in of their own for AWS (moto): it knows the addresses of AWS, so these stay, and
        # what gets past it is led to us on its way out.
        self._leads = not config.suite
        #: Told of each call to DynamoDB: operation, parameters, result.
        self.on_items: Optional[Callable[[str, Any, Any], None]] = None
        self._control = control
        self._places = places

    def install(self, imports: AfterImport) -> None:
        """Patch both libraries as soon as they are imported."""
        imports.watch("botocore.session", lambda module: self._lead(module.Session, "create_client"))
        imports.watch("botocore.session", lambda module: _forget_profiles(module.Session))
        imports.watch("aiobotocore.session", lambda module: self._lead(module.AioSession, "_create_client"))
        imports.watch("botocore.client", lambda module: self._tell(module.BaseClient))
        imports.watch("aiobotocore.client", lambda module: self._tell(module.AioBaseClient))
        imports.watch("botocore.waiter", _hurry)
        imports.watch("boto3.resources.factory", lambda module: _unfollowed(module.ResourceFactory))
        recall.install(imports)
        if self._leads:
            imports.watch("botocore.auth", _spare_signing)
        imports.watch("botocore.httpsession", lambda module: self._stamp(module.URLLib3Session))
        imports.watch("aiobotocore.httpsession", self._stamp_async)

    def _endpoint(self, service: str) -> Optional[str]:
        return self._front if service in ("dynamodb", "dynamodbstreams") else self._stub

    def _lead(self, session: Any, method: str) -> None:
        """Make every client speak to us, also where the code names an endpoint."""
        create: Callable[..., Any] = getattr(session, method)
        signature = inspect.signature(create)

        @functools.wraps(create)
        def create_client(*args: Any, **kwargs: Any) -> Any:
            try:
                bound = signature.bind(*args, **kwargs)
            except TypeError:
                return create(*args, **kwargs)
            endpoint = self._endpoint(str(bound.arguments.get("service_name")))
            if endpoint and self._leads:
                bound.arguments["endpoint_url"] = endpoint
            with Rest():
                return create(*bound.args, **bound.kwargs)

        setattr(session, method, create_client)

    def _tell(self, client: Any) -> None:
        """Report each call with the app's own line."""
        call: Callable[..., Any] = client._make_api_call

        @functools.wraps(call)
        def make_api_call(self_: Any, operation_name: str, *args: Any, **kwargs: Any) -> Any:
            with Rest():
                service = self_.meta.service_model.service_name
                source = self._places.caller(2)
                number = probe.current()
                self._control.send("sdk", probe=number, service=service, operation=operation_name, source=source)
                result = call(self_, operation_name, *args, **kwargs)
                if self.on_items is not None and service == "dynamodb":
                    self.on_items(operation_name, args[0] if args else kwargs.get("api_params"), result)
                return result

        client._make_api_call = make_api_call

    def _stamp_async(self, module: ModuleType) -> None:
        for name in ("AIOHTTPSession", "HttpxSession"):
            if hasattr(module, name):
                self._stamp(getattr(module, name))

    def _stamp(self, session: Any) -> None:
        """Put the probe's number on each HTTP request, and lead astray requests home."""
        send: Callable[..., Any] = session.send

        @functools.wraps(send)
        def stamped(self_: Any, request: Any) -> Any:
            number = probe.stamp()
            if number is not None:
                request.headers[probe.HEADER] = str(number)
            request.url = self._home(request)
            return send(self_, request)

        session.send = stamped

    def _home(self, request: Any) -> str:
        """The URL with our port in it, for clients that were made behind the back of `create_client`."""
        url = str(request.url)
        parts = urlsplit(url)
        ours = [urlsplit(endpoint).netloc for endpoint in (self._front, self._stub) if endpoint]
        if parts.netloc in ours or parts.netloc.startswith(METADATA):
            return url
        target = request.headers.get("X-Amz-Target", b"")
        target = target.decode("latin-1") if isinstance(target, bytes) else str(target)
        endpoint = self._front if target.startswith("DynamoDB") else self._stub
        if not endpoint:
            return url
        home = urlsplit(endpoint)
        # S3's buckets stand in the host's name.
        bucket = BUCKET.match(parts.netloc)
        path = f"/{bucket.group(1)}{parts.path}" if bucket else parts.path
        return urlunsplit((home.scheme, home.netloc, path, parts.query, parts.fragment))


def _unfollowed(factory: Any) -> None:
    """boto3 makes a class for each table that an app names, whenever it does."""
    make: Callable[..., Any] = factory.load_from_definition

    @functools.wraps(make)
    def load_from_definition(*args: Any, **kwargs: Any) -> Any:
        with Rest():
            return make(*args, **kwargs)

    factory.load_from_definition = load_from_definition


def _spare_signing(module: ModuleType) -> None:
    """Nobody verifies a signature here, and to make one takes longer than anything else that botocore does."""
    kind = module.SigV4Auth
    sign: Callable[..., None] = kind.add_auth

    @functools.wraps(sign)
    def add_auth(self: Any, request: Any) -> None:
        if type(self) is not kind or self._service_name != "dynamodb" or self.credentials is None:
            sign(self, request)
        else:
            request.headers["Authorization"] = SIGNATURE

    kind.add_auth = add_auth


def _forget_profiles(session: Any) -> None:
    """A profile that the code names lies in a file of the user's home, which the app does not see: the credentials that
    it has been given stand for every profile."""
    keep: Callable[..., Any] = session.set_config_variable

    @functools.wraps(keep)
    def set_config_variable(self: Any, logical_name: str, value: Any) -> None:
        if logical_name != "profile":
            keep(self, logical_name, value)

    session.set_config_variable = set_config_variable
    begin: Callable[..., Any] = session.__init__

    @functools.wraps(begin)
    def init(self: Any, session_vars: Any = None, event_hooks: Any = None, include_builtin_handlers: bool = True,
             profile: Any = None, **options: Any) -> None:  # fmt: skip
        begin(self, session_vars, event_hooks, include_builtin_handlers, **options)

    session.__init__ = init


def _hurry(module: ModuleType) -> None:
    """A waiter asks again after 20 seconds; what answers here is ready at once or never."""

    class Clock:
        def __getattr__(self, name: str) -> Any:
            return getattr(time, name)

        @staticmethod
        def sleep(seconds: float) -> None:
            time.sleep(min(seconds, 0.05))

    module.time = Clock()  # type: ignore[attr-defined]
