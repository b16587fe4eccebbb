"""registry: residents, households, businesses, contacts; who may see them, and through which functions"""

import geoalchemy2
import sqlalchemy as sa
from alembic import op

from core.actors import Tier
from core.migration import WHOLE_COUNTY, area_policy, definer, grant, published_view

revision = "0004"
down_revision = "0003"

CODE = sa.Text(collation="C")
MOMENT = sa.DateTime(timezone=True)
LOADERS = (Tier.ETL, Tier.JOBS)
LOOKERS = (Tier.WORKER, Tier.COMMAND)
SHOWN = {
    "person": "id grid_id home_code household_id name_masked gender birth_year id_tail phone_masked status precision",
    "household": "id grid_id home_code",
    "residence": "id person_id household_id home_code grid_id relation valid_from valid_to",
    "business": "id grid_id site_code uscc name kind industry founded_on status person_masked phone_masked precision",
    "business_site": "id business_id site_code grid_id valid_from valid_to",
}
PERSONAL = {
    "person": "name, identity number, phone, home, birth year of residents; kept: while they live in the county, "
    "then until the county's retention rule ends",
    "household": "household number; kept: as long as a member is kept",
    "residence": "who lived where, from when to when; kept: as long as the person is kept",
    "business": "name and phone of the person in charge; kept: while the business is registered",
    "business_site": "where a business, perhaps a sole trader, works; kept: as long as the business",
    "contact": "name, phone and own words of who reported; kept: 3 years after the case is closed, then erased",
    "disclosure": "which staff member looked behind the mask of whom, and why; kept: at least 200 days, as the audit",
}
LIMITS = {"worker": 30, "team_leader": 30, "commander": 50, "desk": 300}
MOST_DOTS = 200
MOST_CONTACTS_OF_A_WORKER = 20


def point() -> geoalchemy2.Geometry:
    return geoalchemy2.Geometry("POINT", srid=4326, spatial_index=False)


def text(name: str, *, is_null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=is_null)


def code(name: str) -> sa.Column[str]:
    return sa.Column(name, CODE, nullable=True)


def table(name: str, *parts: sa.schema.SchemaItem, comment: str | None = None) -> None:
    op.create_table(name, *parts, schema="registry", comment=comment or f"personal data: {PERSONAL[name]}")


def index(name: str, of: str, columns: list[str], **how: object) -> None:
    op.create_index(name, of, columns, schema="registry", **how)  # type: ignore[arg-type]


def upgrade() -> None:
    people()
    businesses()
    contacts()
    rules()
    rights()
    looking()
    revealing()
    keeping()


def people() -> None:
    table(
        "person",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("grid_id", sa.Integer),
        code("home_code"),
        sa.Column("household_id", sa.Uuid),
        text("name_masked"),
        text("gender", is_null=True),
        sa.Column("birth_year", sa.SmallInteger),
        text("id_tail"),
        text("phone_masked"),
        text("status", is_null=True),
        text("precision"),
        sa.Column("spot", point()),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("id_blind", sa.LargeBinary, nullable=False),
        sa.Column("phone_blind", sa.LargeBinary),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("batch_id", sa.BigInteger),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.CheckConstraint("gender in ('m', 'f')", name="gender_is_known"),
    )
    index("person_id_blind", "person", ["id_blind"], unique=True)
    index("person_phone_blind", "person", ["phone_blind"], postgresql_where=sa.text("phone_blind IS NOT NULL"))
    index("person_home", "person", ["home_code"])
    # own-grid lists are answered from this index alone, however the rows lie on disk
    listed = ["household_id", "name_masked", "gender", "birth_year", "id_tail", "phone_masked", "status"]
    index("person_list", "person", ["grid_id", "home_code", "id"], postgresql_include=listed)
    index("person_spot", "person", ["grid_id", "spot"], postgresql_using="gist")
    table(
        "household",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("grid_id", sa.Integer),
        code("home_code"),
        sa.Column("number_blind", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("batch_id", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_household"),
    )
    index("household_number_blind", "household", ["number_blind"], unique=True)
    index("household_grid", "household", ["grid_id"])
    table(
        "residence",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("household_id", sa.Uuid),
        code("home_code"),
        sa.Column("grid_id", sa.Integer),
        text("relation", is_null=True),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.PrimaryKeyConstraint("id", name="pk_residence"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["registry.person.id"], name="fk_residence_person_id", ondelete="CASCADE"
        ),
        sa.CheckConstraint("valid_to is null or valid_to > valid_from", name="lasts"),
    )
    only_open = sa.text("valid_to IS NULL")
    index("residence_open", "residence", ["person_id"], unique=True, postgresql_where=only_open)
    index("residence_home", "residence", ["home_code"])


def businesses() -> None:
    table(
        "business",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("grid_id", sa.Integer),
        code("site_code"),
        sa.Column("uscc", CODE, nullable=False),
        text("name"),
        text("kind", is_null=True),
        text("industry", is_null=True),
        sa.Column("founded_on", sa.Date),
        text("status", is_null=True),
        text("person_masked"),
        text("phone_masked"),
        text("precision"),
        sa.Column("spot", point()),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("batch_id", sa.BigInteger),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_business"),
    )
    index("business_uscc", "business", ["uscc"], unique=True)
    index("business_at_site", "business", ["site_code"])
    index("business_grid", "business", ["grid_id", "name"])
    table(
        "business_site",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("business_id", sa.Uuid, nullable=False),
        code("site_code"),
        sa.Column("grid_id", sa.Integer),
        text("address"),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.PrimaryKeyConstraint("id", name="pk_business_site"),
        sa.ForeignKeyConstraint(
            ["business_id"], ["registry.business.id"], name="fk_business_site_business_id", ondelete="CASCADE"
        ),
        sa.CheckConstraint("valid_to is null or valid_to > valid_from", name="lasts"),
    )
    only_open = sa.text("valid_to IS NULL")
    index("business_site_open", "business_site", ["business_id"], unique=True, postgresql_where=only_open)
    index("business_site_code", "business_site", ["site_code"])


def contacts() -> None:
    table(
        "contact",
        sa.Column("id", sa.Uuid, nullable=False),
        text("name_masked"),
        text("phone_masked"),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("phone_blind", sa.LargeBinary),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("erase_after", sa.Date),
        sa.PrimaryKeyConstraint("id", name="pk_contact"),
    )
    index("contact_phone_blind", "contact", ["phone_blind"], postgresql_where=sa.text("phone_blind IS NOT NULL"))
    index("contact_erase_after", "contact", ["erase_after"], postgresql_where=sa.text("erase_after IS NOT NULL"))


def rules() -> None:
    table(
        "disclosure",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("on_day", sa.Date, nullable=False),
        text("kind"),
        sa.Column("subject_id", sa.Uuid, nullable=False),
        text("purpose"),
        text("case_number"),
        sa.PrimaryKeyConstraint("id", name="pk_disclosure"),
        sa.CheckConstraint("kind in ('person', 'contact', 'business')", name="kind_is_known"),
        sa.CheckConstraint(
            "purpose in ('call_back', 'visit', 'emergency', 'dispute', 'correction')",
            name="purpose_is_known",
        ),
    )
    index("disclosure_by_account", "disclosure", ["account_id", "on_day"])
    table(
        "disclosure_limit",
        text("role"),
        sa.Column("per_day", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("role", name="pk_disclosure_limit"),
        sa.CheckConstraint("per_day >= 0", name="not_negative"),
        comment="no personal data: a rule",
    )
    for role, per_day in LIMITS.items():
        op.execute(f"insert into registry.disclosure_limit values ('{role}', {per_day})")
    zero = sa.text("0")
    table(
        "grid_population",
        sa.Column("grid_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("persons", sa.Integer, server_default=zero, nullable=False),
        sa.Column("households", sa.Integer, server_default=zero, nullable=False),
        sa.Column("businesses", sa.Integer, server_default=zero, nullable=False),
        *(sa.Column(side, sa.Float) for side in ("west", "south", "east", "north")),
        sa.PrimaryKeyConstraint("grid_id", name="pk_grid_population"),
        comment="no personal data: counts",
    )


def rights() -> None:
    for name, columns in SHOWN.items():
        area_policy(f"registry.{name}")
        grant(f"registry.{name}", LOOKERS, "select", columns.split())
        grant(f"registry.{name}", LOADERS, "select, insert, update, delete")
    # an EXPLAIN estimates from statistics of all rows: keep none of what a person looks like
    for column in ("name_masked", "phone_masked", "id_tail", "birth_year", "gender", "status"):
        op.execute(f"alter table registry.person alter {column} set statistics 0")
    for column in ("name", "person_masked", "phone_masked"):
        op.execute(f"alter table registry.business alter {column} set statistics 0")
    # nobody but the loaders and the functions below comes near these two, whatever else is granted one day
    for name in ("contact", "disclosure"):
        op.execute(f"alter table registry.{name} enable row level security")
        op.execute(f"alter table registry.{name} force row level security")
    inside = "wangge_owner, wangge_etl, wangge_jobs"
    op.execute(f"create policy inside on registry.contact to {inside} using (true) with check (true)")
    op.execute(
        "create policy inside on registry.disclosure to wangge_owner, wangge_audit using (true) with check (true)"
    )
    grant("registry.contact", LOADERS, "select, insert, update, delete")
    grant("registry.disclosure", Tier.AUDIT)
    grant("registry.disclosure_limit", [Tier.COMMAND, Tier.AUDIT, Tier.ACCOUNTS])
    grant("registry.disclosure_limit", Tier.ACCOUNTS, "insert, update")
    area_policy("registry.grid_population", tiers=[*WHOLE_COUNTY, Tier.TILES])
    counted = ["grid_id", "persons", "households", "businesses"]
    grant("registry.grid_population", [*LOOKERS, Tier.AUDIT, Tier.TILES], "select", counted)
    grant("registry.grid_population", LOADERS, "select, insert, update")
    published_view(
        "registry.v_grid_population",
        "select grid_id, persons, households, businesses from registry.grid_population",
        [*LOOKERS, *LOADERS, Tier.AUDIT, Tier.TILES],
    )


def looking() -> None:
    """People inside a box, on the caller's own ground: a policy would kill the spatial index, so the filter is inside.

    Few buffers whatever the box: the grids it touches first, from a table of a few pages, then each grid's own part
    of the index, stopping at `most`.
    """
    definer(
        "registry.people_in(west float8, south float8, east float8, north float8, most int)",
        "table (id uuid, grid_id int, home_code text, lon float8, lat float8, name_masked text)",
        f"""
        declare
            box geometry := ST_MakeEnvelope(west, south, east, north, 4326);
            sees_all boolean := session_user in ('wangge_command', 'wangge_owner')
                                and coalesce(core.session_role(), '') in ('commander', 'desk');
            mine int[] := core.session_areas();
        begin
            return query
            select near.id, near.grid_id, near.home_code, ST_X(near.spot), ST_Y(near.spot), near.name_masked
            from (select g.grid_id from registry.grid_population g
                  where g.west <= people_in.east and g.east >= people_in.west
                    and g.south <= people_in.north and g.north >= people_in.south
                    and (sees_all or g.grid_id = any (mine)) offset 0) ground
            cross join lateral (
                select p.id, p.grid_id, p.home_code, p.spot, p.name_masked from registry.person p
                where p.grid_id = ground.grid_id and p.spot && box limit {MOST_DOTS}) near
            limit least(greatest(most, 0), {MOST_DOTS});
        end""",
        to=LOOKERS,
        language="plpgsql",
    )


def revealing() -> None:
    """One sealed value, after the look has been written down. What is refused and what does not exist look the same."""
    definer(
        "registry.reveal_sealed(kind text, subject uuid, purpose text, case_number text, at timestamptz)",
        "bytea",
        """
        #variable_conflict use_variable
        declare
            me uuid := core.session_account();
            my_role text := core.session_role();
            my_name text;
            today date := (now() at time zone 'Asia/Shanghai')::date;
            allowed int;
            found bytea;
        begin
            if me is null or my_role is null then
                raise exception 'not signed in' using errcode = 'insufficient_privilege', hint = 'signed_in';
            end if;
            if purpose is null
               or purpose not in ('call_back', 'visit', 'emergency', 'dispute', 'correction') then
                raise exception 'no such purpose' using errcode = 'insufficient_privilege', hint = 'purpose';
            end if;
            if coalesce(trim(case_number), '') = '' or length(case_number) > 64 then
                raise exception 'a case number is needed' using errcode = 'insufficient_privilege', hint = 'case_number';
            end if;
            select l.per_day into allowed from registry.disclosure_limit l where l.role = my_role;
            if kind = 'contact' and my_role not in ('commander', 'desk') then
                allowed := 0;
            end if;
            if coalesce(allowed, 0) = 0 then
                raise exception 'not with this role' using errcode = 'insufficient_privilege', hint = 'role';
            end if;
            -- one look at a time for each account, so that two at once do not pass the limit together
            perform pg_advisory_xact_lock(hashtextextended('registry.reveal:' || me::text, 0));
            if (select count(*) from registry.disclosure d where d.account_id = me and d.on_day = today) >= allowed then
                raise exception 'too many today' using errcode = 'insufficient_privilege', hint = 'limit';
            end if;
            select a.login into my_name from core.account a where a.id = me;
            insert into registry.disclosure (account_id, on_day, kind, subject_id, purpose, case_number)
            values (me, today, kind, subject, purpose, case_number);
            perform core.audit_write(me, my_name, my_role, 'registry.revealed', 'registry.' || kind,
                                     array[subject::text], array[at],
                                     jsonb_build_object('purpose', purpose, 'case', case_number));
            if kind = 'person' then
                select p.sealed into found from registry.person p
                where p.id = subject
                  and (my_role in ('commander', 'desk') or p.grid_id = any (core.session_areas()));
            elsif kind = 'business' then
                select b.sealed into found from registry.business b
                where b.id = subject
                  and (my_role in ('commander', 'desk') or b.grid_id = any (core.session_areas()));
            else
                select c.sealed into found from registry.contact c where c.id = subject;
            end if;
            return found;
        end""",
        to=LOOKERS,
        language="plpgsql",
        volatility="volatile",
    )


def keeping() -> None:
    """Put reporters away. The same id again changes nothing and answers the same: no oracle."""
    definer(
        "registry.keep_contacts(ids uuid[], names text[], phones text[], seals bytea[], blinds bytea[], at timestamptz)",
        "void",
        f"""
        begin
            if session_user in ('wangge_worker', 'wangge_intake')
               and coalesce(cardinality(ids), 0) > {MOST_CONTACTS_OF_A_WORKER} then
                raise exception 'too many contacts at once' using errcode = 'insufficient_privilege';
            end if;
            insert into registry.contact (id, name_masked, phone_masked, sealed, phone_blind, created_at)
            select n.id, n.name, n.phone, n.seal, n.blind, keep_contacts.at
            from unnest(ids, names, phones, seals, blinds) as n(id, name, phone, seal, blind)
            on conflict do nothing;
        end""",
        to=[Tier.WORKER, Tier.COMMAND, Tier.INTAKE, Tier.ETL, Tier.JOBS],
        language="plpgsql",
        volatility="volatile",
    )


def downgrade() -> None:
    op.execute("drop function registry.keep_contacts(uuid[], text[], text[], bytea[], bytea[], timestamptz)")
    op.execute("drop function registry.reveal_sealed(text, uuid, text, text, timestamptz)")
    op.execute("drop function registry.people_in(float8, float8, float8, float8, int)")
    op.execute("drop view registry.v_grid_population")
    for name in (
        "grid_population", "disclosure_limit", "disclosure", "contact", "business_site", "business", "residence",
        "household", "person",
    ):  # fmt: skip
        op.drop_table(name, schema="registry")
