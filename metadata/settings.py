"""The shape of `workspace.yaml`, for pydantic: imported only when one is read."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from metadata.mistakes import ShapeError


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _given(cls, data: Any) -> Any:
        """A key with nothing after it is not given."""
        return {key: value for key, value in data.items() if value is not None} if isinstance(data, dict) else data


class AgencySettings(_Strict):
    """Who publishes."""

    name: str = Field(pattern=r"^[a-z0-9_-]{2,100}$")
    title: str
    title_en: str = ""
    kind: Literal["department", "public-organization", "province", "local"] | None = None


class TargetSettings(_Strict):
    """One portal."""

    url: str | None = Field(default=None, pattern=r"^https?://")
    key_variable: str | None = Field(default=None, pattern=r"^[A-Z][A-Z0-9_]*$")
    organization: str | None = None
    bom: bool = False
    timeout: float = Field(default=60.0, gt=0, le=3600)


class DefaultSettings(_Strict):
    """What every dataset's description begins with: properties of the Data Package, and terms under `about`."""

    model_config = ConfigDict(extra="allow")

    about: dict[str, Any] = {}


Role = Literal["admin", "editor", "member"]


class DirectorySettings(_Strict):
    """One LDAP directory: Active Directory, or another with TLS."""

    name: str = "directory"
    url: str = Field(pattern=r"^ldaps?://[^/]+$")
    bind: str
    base: str
    ca: str | None = None
    start_tls: bool = False
    roles: dict[str, dict[str, Role]] = {}

    @model_validator(mode="after")
    def _encrypted(self) -> DirectorySettings:
        """A password never goes over the network in the clear; `bind` holds the name that was typed."""
        if self.url.startswith("ldap://") and not self.start_tls:
            raise ValueError("ldaps:// or start_tls is needed")
        if "{name}" not in self.bind or set(self.bind.replace("{name}", "")) & set("{}"):
            raise ValueError("bind needs {name}")
        return self


class ProviderSettings(_Strict):
    """One provider of OpenID Connect."""

    name: str = Field(pattern=r"^[A-Za-z0-9_-]{1,50}$")
    issuer: str = Field(pattern=r"^https://|^http://(127\.0\.0\.1|localhost)(:|/|$)")
    client_id: str
    secret_variable: str | None = Field(default=None, pattern=r"^[A-Z][A-Z0-9_]*$")
    scope: str = "openid profile email"
    claims: dict[Literal["subject", "name", "fullname", "email", "groups"], str] = {}
    roles: dict[str, dict[str, Role]] = {}


class AccountSettings(_Strict):
    """How people log in to our own catalog."""

    passwords: bool = True
    directories: list[DirectorySettings] = []
    providers: list[ProviderSettings] = []


class PersonSettings(_Strict):
    """Who answers: the data protection officer, or the steward."""

    name: str = ""
    email: str | None = Field(default=None, pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+$")
    telephone: str = ""


class TextSettings(_Strict):
    """A text of the agency's in both languages; where English is missing, the Thai one is shown."""

    th: str = ""
    en: str = ""


class PortalSettings(_Strict):
    """Our own portal: what the agency says on it, and who hears and answers what the public says."""

    promise: TextSettings = TextSettings()
    about: TextSettings = TextSettings()
    address: TextSettings = TextSettings()
    contact: PersonSettings = PersonSettings()
    dpo: PersonSettings = PersonSettings()
    steward: PersonSettings = PersonSettings()
    request_days: int = Field(default=15, ge=1, le=90)


Cell = str | int | float | bool


class PanelSettings(_Strict):
    """One panel of the overview: a question to one published table, and how its answer is shown."""

    title: str
    title_en: str = ""
    show: Literal["tile", "line", "bar", "map", "table"] = "tile"
    dataset: str = Field(pattern=r"^[a-z0-9_-]{2,100}$")
    resource: str = ""
    measure: str = ""
    figure: Literal["sum", "mean", "count"] | None = None
    by: str = ""
    latest: str = ""
    where: dict[str, Cell | list[Cell]] = {}
    unit: str = ""
    unit_en: str = ""
    compare: Literal["previous"] | None = None

    @model_validator(mode="after")
    def _answerable(self) -> PanelSettings:
        """What a panel cannot do without."""
        if self.show != "tile" and not self.by:
            raise ShapeError("panel-by", show=self.show)
        if self.figure in ("sum", "mean") and not self.measure:
            raise ShapeError("panel-measure", figure=self.figure)
        if self.compare and not (self.show == "tile" and self.latest):
            raise ShapeError("panel-compare")
        return self


Grave = Literal["error", "warning", "note"]


class _LimitSettings(_Strict):
    """A limit, alone or with how grave it is when it is passed; what is not given is `metadata.thresholds`'."""

    severity: Grave | None = None

    @model_validator(mode="before")
    @classmethod
    def _alone(cls, data: Any) -> Any:
        """A number alone is the limit."""
        return {"limit": data} if isinstance(data, int | float) and not isinstance(data, bool) else data


class PercentSettings(_LimitSettings):
    """A limit in percent."""

    limit: float | None = Field(default=None, ge=0, le=100)


class TimesSettings(_LimitSettings):
    """A limit that says how many times."""

    limit: float | None = Field(default=None, gt=1, le=1_000_000)


class DaysSettings(_LimitSettings):
    """A limit in days."""

    limit: int | None = Field(default=None, ge=0, le=36_500)


class GraveSettings(_Strict):
    """What has no limit, but only is or is not."""

    severity: Grave | None = None


class ThresholdSettings(_Strict):
    """How good data must be, and what must not happen from one release to the next (`metadata.thresholds`)."""

    completeness: PercentSettings = PercentSettings()
    validity: PercentSettings = PercentSettings()
    uniqueness: PercentSettings = PercentSettings()
    consistency: PercentSettings = PercentSettings()
    timeliness: DaysSettings = DaysSettings()
    files: GraveSettings = GraveSettings()
    rows: PercentSettings = PercentSettings()
    totals: TimesSettings = TimesSettings()
    units: GraveSettings = GraveSettings()
    columns: GraveSettings = GraveSettings()
    categories: GraveSettings = GraveSettings()
    dates: GraveSettings = GraveSettings()
    k: int | None = Field(default=None, ge=2, le=1000)
    small_cell: int | None = Field(default=None, ge=2, le=1000)


Level = Literal["open", "internal", "confidential", "secret", "top-secret"]
Signer = Literal["owner", "dpo", "steward", "committee"]


class Settings(_Strict):
    """`workspace.yaml`."""

    agency: AgencySettings
    standard: str = "gdc-2.2.4"
    defaults: DefaultSettings = DefaultSettings()
    targets: dict[str, TargetSettings] = {}
    approvals: Literal["required", "none"] = "required"
    signatures: dict[Level, list[Signer]] = {}
    thresholds: ThresholdSettings = ThresholdSettings()
    engine: str = "local"
    accounts: AccountSettings = AccountSettings()
    portal: PortalSettings = PortalSettings()
    overview: list[PanelSettings] = Field(default=[], max_length=24)
