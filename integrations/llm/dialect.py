"""Dialects: how one model at one endpoint wants to be asked, learnt from what it refuses and remembered."""

import re
from collections.abc import Mapping

from pydantic import JsonValue

from integrations.llm.completion import Reading
from integrations.llm.refusal import UNSUPPORTED, Refusal, output_bound
from integrations.llm.response_format import BARE_TOOLS, OBJECT, PLAIN, SCHEMA, START, TOOLS
from swarm.chat import Request
from swarm.llm.profile import Form
from swarm.llm.profiles import ModelFacts

MOST_LESSONS = 12
"""Refusals of one call that are learnt from; each leaves one thing out, and there are no more."""
LIMITS = ("max_tokens", "max_completion_tokens")
"""What the parameter is called that bounds the answer."""
# Parameters that an answer can do without.
_OPTIONAL = ("temperature", "reasoning_effort", "parallel_tool_calls", "stream_options")
_STREAM_ONLY = re.compile(
    r"(?:only|just) (?:support|accept|allow|work|available)\w*(?: \w+){0,3} stream"
    r"|stream(?:ing)? (?:mode )?(?:is (?!not)|only|must)"
    r"|non-?stream|(?:enable|requires?|use|set)(?: \w+){0,3} .?stream|stream\W+(?:must|should|has to) be"
)
_NO_SYSTEM = re.compile(
    r"(?:system|developer)\W+(?:role|message|prompt|instruction)s?\W+(?:is |are |be )?(?:not|un)|(?:not|un)\w* .{0,30}"
    r"\b(?:system|developer)\b.{0,3}(?:role|message|prompt|instruction)?|role.{0,30}\bsystem\b"
    r"|only (?:user|the roles|'user')|\bsystem\b.{0,20}is not one of"
)
_ALTERNATE = re.compile(
    r"alternat|consecutive|same role|must (?:start|begin) with|first message|roles? must|after role|"
    r"expected last role|conversation roles"
)
_BLANK = re.compile(
    r"content.{0,60}(?:null|none|empty|required|must be a string|valid string|not be blank)|empty content"
)
_IDS = re.compile(r"tool.?call.?id|call.?id .*(?:length|must be|a-z)")
_FORMAT = re.compile(r"response_format|json|schema|grammar|structured|guided")
_NO_SUCH = re.compile(r"extra (?:inputs|fields)|extra_forbidden|un(?:known|recogni)")
_TOOLS = re.compile(r"\btools?\b|tool[ _-]?(?:use|call|choice)|function[ _-]?(?:call|tool)|functions?\b")


class Dialect:
    """What one model takes: the request's form, names of parameters, roles, streaming, and its limits."""

    def __init__(self) -> None:
        self._floors: dict[str, int] = {}
        self._without_tools = False
        self._refused_limits: set[str] = set()
        self._taken_limits: set[str] = set()
        self.left_out: set[str] = set()
        self.choice = "required"
        self.system = "system"
        self.alternate = False
        self.speaks_blank = False
        self.short_ids = False
        self.stream = False
        self.window: int | None = None
        self.output: int | None = None
        self.reasons = False
        self.answers_in_thoughts = False

    def level(self, request: Request, form: Form) -> int:
        """Return how the answer's form is asked for: one of TOOLS to PLAIN."""
        named = self._floors.get(request.schema_name, TOOLS)
        if request.tools and START[form] <= BARE_TOOLS and not self._without_tools and named <= BARE_TOOLS:
            return max(START[form], named)
        if request.json_schema is None and not request.tools:
            return PLAIN
        return max(START[form], SCHEMA, self._floors.get("", SCHEMA), named)

    def limit(self, counts_thoughts: bool) -> str | None:
        """Return the name of the parameter that bounds the answer, or None if the endpoint takes neither.

        `counts_thoughts`: the newer name comes first, as OpenAI's reasoning models know no other.
        """
        wanted = LIMITS[::-1] if counts_thoughts else LIMITS
        return next((name for name in wanted if name not in self._refused_limits), None)

    def hear_window(self, window: int | None) -> None:
        """Remember the window that a refusal names."""
        if window is not None and window >= 1024:
            self.window = min(window, self.window or window)

    @property
    def facts(self) -> tuple[ModelFacts, ...]:
        """What refusals and answers have taught about the model."""
        form: Form | None = None
        if self._without_tools or self._floors.get("", SCHEMA) >= OBJECT:
            forms: dict[int, Form] = {OBJECT: "json_object", PLAIN: "text"}
            form = forms.get(self._floors.get("", SCHEMA), "json_schema") if self._without_tools else None
        refused = ModelFacts(source="refusal", window=self.window, output=self.output, form=form)
        return (refused, ModelFacts(source="answers", reasons=True)) if self.reasons else (refused,)

    def learn(self, refusal: Refusal, request: Request, level: int, body: Mapping[str, JsonValue]) -> bool:
        """Take in a refusal of `body`; True when the next request will differ."""
        lessons = (self._bound, self._limit_name, self._parameters, self._streaming, self._roles, self._shapes)
        words = refusal.words
        if any(lesson(refusal, body) for lesson in lessons):
            return True
        if level <= BARE_TOOLS and _TOOLS.search(words):
            return self._tools(words, request, level)
        is_about_format = _FORMAT.search(words) or "requested parameters" in words
        if level == PLAIN or (not is_about_format and not (level <= BARE_TOOLS and UNSUPPORTED.search(words))):
            return False
        if level <= BARE_TOOLS:
            self._without_tools = True
            return True
        if "response_format" in words and re.search(
            r"extra (?:inputs|fields)|extra_forbidden|un(?:known|recogni)", words
        ):
            self._floors[""] = PLAIN
            return True
        # A fault in this one schema says nothing about the others; anything else is about the endpoint.
        about_this = re.search(r"invalid (?:json )?schema|not permitted|grammar|keyword", words) and level < OBJECT
        self._floors[request.schema_name if about_this else ""] = level + 1 if about_this else max(level + 1, OBJECT)
        return True

    def notice(self, reading: Reading, request: Request, wrote: int, body: Mapping[str, JsonValue]) -> None:
        """Take in an answer: whether the model thinks, where it puts its answer, and whether it heeds its limit."""
        self.reasons = self.reasons or reading.reasons
        if reading.text and not reading.from_thoughts:
            self.answers_in_thoughts = False
        elif reading.from_thoughts and (request.tools or request.json_schema is not None):
            self.answers_in_thoughts = reading.text.strip().startswith("{") and reading.text.strip().endswith("}")
        self._taken_limits |= {name for name in LIMITS if name in body}
        # Some servers ignore the newer name without a word.
        sent = body.get(LIMITS[1])
        if isinstance(sent, int) and wrote > sent + 64 and LIMITS[0] not in self._refused_limits:
            self._refused_limits.add(LIMITS[1])

    def _tools(self, words: str, request: Request, level: int) -> bool:
        if re.search(r"tool_choice|tool choice|\brequired\b", words) and self.choice:
            # vLLM wants a flag of its server for `auto`, so what refuses both takes no tools.
            if "auto" in words and "enable-auto" in words:
                self._without_tools = True
            self.choice = {"required": "auto"}.get(self.choice, "")
            return True
        about_this = re.search(r"invalid (?:json )?schema|invalid .{0,40}parameters|keyword", words)
        if about_this and level == TOOLS:
            self._floors[request.schema_name] = BARE_TOOLS
        elif about_this:
            self._floors[request.schema_name] = SCHEMA
        else:
            self._without_tools = True
        return True

    def _bound(self, refusal: Refusal, body: Mapping[str, JsonValue]) -> bool:
        sent = next((body[name] for name in LIMITS if name in body), None)
        if not isinstance(sent, int) or (bound := output_bound(refusal, sent)) is None:
            return False
        self.output = min(bound, self.output or bound)
        return True

    def _limit_name(self, refusal: Refusal, body: Mapping[str, JsonValue]) -> bool:
        for name in LIMITS:
            is_meant = re.search(rf"\b{name}\b", refusal.words) and _refuses(refusal.words, name)
            if name in body and name not in self._refused_limits and is_meant:
                self._refused_limits.add(name)
                # One that was taken before can be meant again: an endpoint may have several servers.
                self._refused_limits -= self._taken_limits - {name}
                return True
        return False

    def _parameters(self, refusal: Refusal, body: Mapping[str, JsonValue]) -> bool:
        for name in _OPTIONAL:
            if name in body and name not in self.left_out and re.search(rf"\b{name}\b", refusal.words):
                self.left_out.add(name)
                return True
        return False

    def _streaming(self, refusal: Refusal, body: Mapping[str, JsonValue]) -> bool:
        if body.get("stream") is True or self.stream or not _STREAM_ONLY.search(refusal.words):
            return False
        self.stream = True
        return True

    def _roles(self, refusal: Refusal, body: Mapping[str, JsonValue]) -> bool:
        words, roles = refusal.words, _roles_in(body)
        if roles & {"system", "developer"} and _NO_SYSTEM.search(words):
            is_offered = "developer" in words and "developer" not in roles and "instead" in words
            self.system = "developer" if is_offered else "user"
            return True
        if not self.alternate and _ALTERNATE.search(words) and re.search(r"roles?|messages?", words):
            self.alternate = True
            return True
        # The template fails without saying at what: the two things that templates refuse are tried in turn.
        if re.search(r"template|jinja", words) and UNSUPPORTED.search(words + " unsupported"):
            if roles & {"system", "developer"}:
                self.system = "user"
                return True
            if not self.alternate:
                self.alternate = True
                return True
        return False

    def _shapes(self, refusal: Refusal, body: Mapping[str, JsonValue]) -> bool:
        messages = body.get("messages")
        held = [each for each in messages if isinstance(each, dict)] if isinstance(messages, list) else []
        if not self.speaks_blank and any(m.get("content") is None for m in held) and _BLANK.search(refusal.words):
            self.speaks_blank = True
            return True
        if not self.short_ids and any("tool_calls" in m for m in held) and _IDS.search(refusal.words):
            self.short_ids = True
            return True
        return False


def _refuses(words: str, name: str) -> bool:
    """Say whether a text refuses this name, and does not recommend it instead of another."""
    if re.search(rf"(?:use|try|with|specify|provide|pass|favor of)\W+(?:the )?\W*{name}\b", words):
        return False
    return bool(
        UNSUPPORTED.search(words)
        or re.search(r"instead|invalid (?:parameter|argument|field|property|key)|forbidden|deprecated", words)
    )


def _roles_in(body: Mapping[str, JsonValue]) -> set[str]:
    messages = body.get("messages")
    return {str(m.get("role")) for m in messages if isinstance(m, dict)} if isinstance(messages, list) else set()
