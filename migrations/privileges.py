"""Rights on Slotledger's tables: nobody but the owner has any by default.

Hosting providers set default privileges, by which each new table can be read and changed by the roles of their public
API (`anon`, `authenticated`). PostgreSQL applies them when a table is created. So each migration revokes them again, in
the transaction that creates the table. Rights that somebody granted later were granted on purpose, and stay.
`migrations.roles` grants rights to Slotledger's own roles.
"""

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, text

from migrations.rules import one_of

Right = tuple[str, str, str]
"""A user, a table or view, and a privilege on it, such as `select` or `update (status)`."""

SCHEMA = "(select oid from pg_namespace where nspname = current_schema())"

RELATIONS = text(f"""
select relname::text as name, oid from pg_class where relnamespace = {SCHEMA} and relname = any(:names)
""")

# The rights that users have on tables or on columns of them, without those of the owner.
RIGHTS = text(f"""
select grantee, relname::text as relation, lower(privilege_type) || coalesce(' (' || attname || ')', '') as privilege
from (
  select relname, relowner, relacl as acl, null as attname
  from pg_class
  where relnamespace = {SCHEMA} and relname = any(:names)
  union all
  select relname, relowner, attacl, attname
  from pg_class
  join pg_attribute on attrelid = pg_class.oid
  where relnamespace = {SCHEMA} and relname = any(:names)
) as relation
cross join lateral aclexplode(acl) as held (grantor, grantee_id, privilege_type, is_grantable)
cross join lateral (
  select case when grantee_id = 0 then 'public' else pg_get_userbyid(grantee_id)::text end as grantee
) as named
where grantee_id <> relowner
""")

ANYBODY_MAY_CREATE = text("""
select current_schema()::text
from pg_namespace
cross join lateral aclexplode(nspacl) as held
where nspname = current_schema() and held.grantee = 0 and held.privilege_type = 'CREATE'
""")


def revoke_defaults(names: Collection[str]) -> str:
    """Return SQL that revokes the rights on these relations that default privileges grant.

    Rights that no default privilege explains stay.
    """
    return f"""
do $$
declare
  statement text;
begin
  for statement in
    select 'revoke ' || string_agg(distinct held.privilege_type, ', ') || ' on table ' || relation.oid::regclass
      || ' from ' || held.grantee::regrole || ' cascade'
    from pg_class as relation
    cross join lateral aclexplode(relation.relacl) as held
    where relation.relnamespace = {SCHEMA}
      and {one_of("relation.relname", tuple(names))}
      and held.grantee not in (0, relation.relowner)
      and exists (
        select
        from pg_default_acl
        cross join lateral aclexplode(defaclacl) as granted
        where defaclobjtype = 'r'
          and defaclrole = relation.relowner
          and defaclnamespace in (0, relation.relnamespace)
          and granted.grantee = held.grantee
          and granted.privilege_type = held.privilege_type
      )
    group by relation.oid, held.grantee
  loop
    execute statement;
  end loop;
end $$
"""


def revoke_from_public(names: Collection[str]) -> str:
    """Return SQL that revokes what everybody has on these relations, and everybody's right to create tables.

    If the schema belongs to somebody else, the right to create tables stays.
    """
    return f"""
do $$
declare
  statement text;
begin
  for statement in
    select 'revoke all on table ' || oid::regclass || ' from public cascade'
    from pg_class
    where relnamespace = {SCHEMA}
      and {one_of("relname", tuple(names))}
      and exists (
        select
        from (
          select relacl as acl union all select attacl from pg_attribute where attrelid = pg_class.oid
        ) as acls
        cross join lateral aclexplode(acl) as held
        where held.grantee = 0
      )
    union all
    select 'revoke create on schema ' || oid::regnamespace || ' from public cascade'
    from pg_namespace
    cross join lateral aclexplode(nspacl) as held
    where nspname = current_schema()
      and held.grantee = 0
      and held.privilege_type = 'CREATE'
      and pg_has_role(nspowner, 'usage')
  loop
    execute statement;
  end loop;
end $$
"""


def relations(connection: Connection, names: Collection[str]) -> set[tuple[str, int]]:
    """Return those of our relations that exist, with their object ids. A relation that is made anew gets a new id."""
    return {(row.name, row.oid) for row in connection.execute(RELATIONS, {"names": list(names)})}


def rights(connection: Connection, names: Collection[str]) -> set[Right]:
    """Return the rights that users have on our relations, without those of their owner."""
    return {(row.grantee, row.relation, row.privilege) for row in connection.execute(RIGHTS, {"names": list(names)})}


def describe(rights: Iterable[Right]) -> list[tuple[str, str]]:
    """Return each user with the rights that it has, as a text."""
    by_relation: dict[str, dict[str, list[str]]] = {}
    for user, relation, privilege in sorted(rights):
        by_relation.setdefault(user, {}).setdefault(relation, []).append(privilege)
    described = []
    for user, privileges_of in by_relation.items():
        relations_with: dict[str, list[str]] = {}
        for relation, privileges in privileges_of.items():
            relations_with.setdefault(", ".join(privileges), []).append(relation)
        described.append((user, "; ".join(f"{held} on {', '.join(on)}" for held, on in relations_with.items())))
    return described


def may_anybody_create(connection: Connection) -> str | None:
    """Return the name of our schema if everybody may create tables in it."""
    schema: str | None = connection.execute(ANYBODY_MAY_CREATE).scalar()
    return schema


def warnings(connection: Connection, names: Collection[str], our_roles: Collection[str]) -> list[str]:
    """Return a line for each user who has rights on our relations and isn't their owner or one of our roles."""
    others = (right for right in rights(connection, names) if right[0] not in our_roles)
    lines = [f"{user} has rights on Slotledger's tables: {held}" for user, held in describe(others)]
    schema = may_anybody_create(connection)
    if schema is not None:
        lines.append(
            f"everybody may create tables in the schema {schema}. Next, as its owner: revoke create on schema {schema}"
            " from public"
        )
    return lines
