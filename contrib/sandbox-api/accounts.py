"""Users, logins and organizations. Changes live as long as the process."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from errors import bad_input, unauthenticated
from tokens import TokenIssuer, TokenRefused

CREATED = "2025-01-06T08:00:00Z"
ACTIVE, INACTIVE = 1, 0
DEMO_USER, DEMO_PASSWORD = "admin", "honeydew-demo"
ORGANIZATIONS = {
    "acme": ("github", "jira", "linear"),
    "globex": ("gitlab", "bitbucket", "asana"),
    "initech": ("azureDevOps", "monday"),
}


def user(identifier: int, username: str, role: str = "user", status: int = ACTIVE) -> dict[str, Any]:
    return {
        "id": str(identifier), "username": username, "role": role, "status": status,
        "createdAt": CREATED, "updatedAt": CREATED,
    }  # fmt: skip


@dataclass
class Accounts:
    """The account root fields; each method is one of them."""

    issuer: TokenIssuer
    users: list[dict[str, Any]] = field(
        default_factory=lambda: [user(1, DEMO_USER, "admin"), user(2, "ada"), user(3, "grace", status=INACTIVE)]
    )
    passwords: dict[str, str] = field(default_factory=lambda: {DEMO_USER: DEMO_PASSWORD})
    organizations: list[dict[str, Any]] = field(
        default_factory=lambda: [
            {"name": name, "providers": [{"oid": f"{name}-{provider}", "name": provider} for provider in providers]}
            for name, providers in ORGANIZATIONS.items()
        ]
    )

    def resolvers(self) -> dict[str, Any]:
        return {
            "login": self.login,
            "refreshToken": self.refresh,
            "me": lambda info: self._named(info.context),
            "getUser": lambda info, id: next((user for user in self.users if user["id"] == id), None),
            "listUsers": lambda info: self.users,
            "listActiveUsers": lambda info: [user for user in self.users if user["status"] == ACTIVE],
            "listOrganizations": lambda info: [organization["name"] for organization in self.organizations],
            "listOrganizationsWithProviders": lambda info: self.organizations,
            "createUser": self.create_user,
            "updateUser": self.update_user,
            "deactivateUser": self.deactivate_user,
            "deleteUser": self.delete_user,
            "deleteOrganizationProvider": self.delete_provider,
        }

    def login(self, info: Any, username: str, password: str) -> dict[str, Any]:
        user = self._named(username)
        if user is None or user["status"] != ACTIVE or self.passwords.get(username) != password:
            raise unauthenticated("wrong user name or password")
        return self._payload(user)

    def refresh(self, info: Any, refreshToken: str) -> dict[str, Any]:
        try:
            user = self._named(self.issuer.redeem_refresh(refreshToken))
        except TokenRefused as refused:
            raise unauthenticated(str(refused)) from None
        if user is None or user["status"] != ACTIVE:
            raise unauthenticated("the user is gone")
        return self._payload(user)

    def create_user(self, info: Any, input: dict[str, Any]) -> dict[str, Any]:
        if self._named(input["username"]) is not None:
            raise bad_input(f"the user {input['username']} exists")
        identifier = max(int(user["id"]) for user in self.users) + 1
        created = user(identifier, input["username"], input.get("role") or "user", input.get("status", ACTIVE))
        self.users.append(created)
        self.passwords[created["username"]] = input["password"]
        return created

    def update_user(self, info: Any, id: str, input: dict[str, Any]) -> dict[str, Any]:
        found = self._identified(id)
        password = input.pop("password", None) or self.passwords.get(found["username"])
        self.passwords.pop(found["username"], None)
        found.update({key: value for key, value in input.items() if value is not None})
        if password is not None:
            self.passwords[found["username"]] = password
        return found

    def deactivate_user(self, info: Any, username: str) -> dict[str, Any]:
        found = self._named(username)
        if found is None:
            raise bad_input(f"there is no user {username}")
        found["status"] = INACTIVE
        return found

    def delete_user(self, info: Any, id: str) -> dict[str, Any]:
        self.users.remove(self._identified(id))
        return {"success": True, "message": f"user {id} deleted", "deletedCount": 1}

    def delete_provider(self, info: Any, oid: str) -> dict[str, Any]:
        for organization in self.organizations:
            for provider in organization["providers"]:
                if provider["oid"] == oid:
                    organization["providers"].remove(provider)
                    return {"success": True, "message": f"provider {oid} deleted", "deletedCount": 1}
        return {"success": False, "message": f"there is no provider {oid}", "deletedCount": 0}

    def _payload(self, user: dict[str, Any]) -> dict[str, Any]:
        access, refresh = self.issuer.issue(user["username"])
        return {"accessToken": access, "refreshToken": refresh, "user": user}

    def _named(self, username: str | None) -> dict[str, Any] | None:
        return next((user for user in self.users if user["username"] == username), None)

    def _identified(self, identifier: str) -> dict[str, Any]:
        for user in self.users:
            if user["id"] == identifier:
                return user
        raise bad_input(f"there is no user {identifier}")
