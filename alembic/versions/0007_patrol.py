"""patrol: teams, road graph, plans, tasks, feedback from the phone, visits"""

from alembic import op

from core.actors import Tier
from core.migration import EVERY_TIER, WHOLE_COUNTY, definer, grant, published_view

revision = "0007"
down_revision = "0006"

DESIGNERS = (Tier.COMMAND, Tier.JOBS, Tier.WORKER)
READERS = (Tier.COMMAND, Tier.JOBS, Tier.WORKER, Tier.ETL, Tier.AUDIT)
BY_TEAM = ("plan", "stop", "task", "feedback", "photo", "visit")
CASES_SENT_TO = {'cases."case"': "id", "cases.case_event": "case_id", "cases.case_clock": "case_id"}


def upgrade() -> None:
    roads()
    teams()
    plans()
    field()
    rights()


def roads() -> None:
    op.execute("""
        create table patrol.road_graph (
            id integer generated always as identity,
            digest text collate "C" not null,
            source text not null,
            junctions integer not null,
            edges integer not null,
            is_current boolean not null,
            loaded_at timestamptz not null,
            constraint pk_road_graph primary key (id)
        )""")
    op.execute("create unique index road_graph_digest on patrol.road_graph (digest)")
    op.execute("create unique index road_graph_current on patrol.road_graph (is_current) where is_current")
    op.execute("""
        create table patrol.road_edge (
            graph_id integer not null,
            id integer not null,
            a integer not null,
            b integer not null,
            class text collate "C" not null,
            name text not null,
            forward smallint not null,
            backward smallint not null,
            geom geometry(LineString, 4326) not null,
            constraint pk_road_edge primary key (graph_id, id),
            constraint fk_road_edge_graph_id foreign key (graph_id) references patrol.road_graph (id) on delete cascade
        )""")
    op.execute("create index road_edge_geom on patrol.road_edge using gist (geom)")


def teams() -> None:
    op.execute("""
        create table patrol.team (
            id integer generated always as identity,
            code text collate "C" not null,
            name text not null,
            post_name text not null,
            post_lon double precision not null,
            post_lat double precision not null,
            profile text collate "C" not null,
            shift_start time not null,
            shift_end time not null,
            constraint pk_team primary key (id),
            constraint ck_team_shift_is_a_day check (shift_end > shift_start),
            constraint ck_team_profile_is_known check (profile in ('foot', 'ebike', 'car'))
        )""")
    op.execute("create unique index team_code on patrol.team (code)")
    op.execute("""
        create table patrol.team_grid (
            team_id integer not null,
            grid_id integer not null,
            valid_from date not null,
            valid_to date,
            constraint pk_team_grid primary key (team_id, grid_id, valid_from),
            constraint fk_team_grid_team_id foreign key (team_id) references patrol.team (id)
        )""")
    op.execute("create index team_grid_grid on patrol.team_grid (grid_id)")
    op.execute("""
        create table patrol.team_member (
            id integer generated always as identity,
            team_id integer not null,
            account_id uuid not null,
            valid_from date not null,
            valid_to date,
            constraint pk_team_member primary key (id),
            constraint fk_team_member_team_id foreign key (team_id) references patrol.team (id)
        )""")
    op.execute(
        "create unique index team_member_open on patrol.team_member (account_id, team_id) where valid_to is null"
    )


def plans() -> None:
    op.execute("""
        create table patrol.plan (
            id uuid not null,
            county_code text collate "C" not null,
            team_id integer not null,
            on_date date not null,
            seed bigint not null,
            status text not null,
            made_by uuid not null,
            made_at timestamptz not null,
            decided_by uuid,
            decided_at timestamptz,
            decision_note text,
            minutes double precision not null,
            metres double precision not null,
            coverage_before double precision not null,
            coverage_after double precision not null,
            heat jsonb not null,
            line geometry(LineString, 4326),
            constraint pk_plan primary key (id),
            constraint fk_plan_team_id foreign key (team_id) references patrol.team (id),
            constraint ck_plan_status_is_known check (status in ('draft', 'approved', 'rejected')),
            constraint ck_plan_decided_by_a_person check ((status = 'draft') = (decided_by is null))
        )""")
    op.execute("create index plan_team on patrol.plan (team_id, on_date)")
    op.execute("""
        create table patrol.stop (
            id uuid not null,
            plan_id uuid not null,
            team_id integer not null,
            seq integer,
            out text,
            kind text not null,
            title_zh text not null,
            title_en text not null,
            why jsonb not null,
            case_id uuid,
            case_number text collate "C",
            cell bigint,
            grid_id integer not null,
            code text collate "C",
            lon double precision,
            lat double precision,
            dwell_minutes double precision not null,
            window_from timestamptz,
            window_until timestamptz,
            arrive_at timestamptz,
            leave_at timestamptz,
            travel_minutes double precision,
            travel_metres double precision,
            is_late boolean not null,
            constraint pk_stop primary key (id),
            constraint fk_stop_plan_id foreign key (plan_id) references patrol.plan (id) on delete cascade,
            constraint ck_stop_is_in_or_out check ((seq is null) = (out is not null))
        )""")
    op.execute("create index stop_plan on patrol.stop (plan_id, seq)")


def field() -> None:
    op.execute("""
        create table patrol.task (
            id uuid not null,
            county_code text collate "C" not null,
            plan_id uuid not null,
            stop_id uuid not null,
            team_id integer not null,
            on_date date not null,
            seq integer not null,
            grid_id integer not null,
            case_id uuid,
            status text not null,
            made_at timestamptz not null,
            accepted_at timestamptz,
            arrived_at timestamptz,
            done_at timestamptz,
            constraint pk_task primary key (id),
            constraint fk_task_plan_id foreign key (plan_id) references patrol.plan (id),
            constraint fk_task_stop_id foreign key (stop_id) references patrol.stop (id),
            constraint ck_task_status_is_known check (status in ('sent', 'accepted', 'arrived', 'done'))
        )""")
    op.execute("create unique index task_stop on patrol.task (stop_id)")
    op.execute("create index task_team on patrol.task (team_id, on_date, seq)")
    op.execute("create index task_case on patrol.task (case_id) where case_id is not null")
    op.execute("""
        create table patrol.feedback (
            id uuid not null,
            county_code text collate "C" not null,
            task_id uuid not null,
            team_id integer not null,
            grid_id integer not null,
            account_id uuid not null,
            kind text not null,
            at timestamptz not null,
            received_at timestamptz not null,
            note text,
            lon double precision,
            lat double precision,
            body_hash bytea not null,
            constraint pk_feedback primary key (id),
            constraint fk_feedback_task_id foreign key (task_id) references patrol.task (id),
            constraint ck_feedback_kind_is_known check (kind in ('accept', 'arrive', 'done'))
        )""")
    op.execute("create index feedback_task on patrol.feedback (task_id, at)")
    op.execute("""
        create table patrol.photo (
            feedback_id uuid not null,
            county_code text collate "C" not null,
            team_id integer not null,
            sha256 text collate "C" not null,
            width integer not null,
            height integer not null,
            jpeg bytea not null,
            constraint pk_photo primary key (feedback_id),
            constraint fk_photo_feedback_id foreign key (feedback_id) references patrol.feedback (id) on delete cascade
        )""")
    op.execute("""
        create table patrol.visit (
            id uuid not null,
            county_code text collate "C" not null,
            task_id uuid not null,
            team_id integer not null,
            grid_id integer not null,
            cell bigint,
            at timestamptz not null,
            constraint pk_visit primary key (id)
        )""")
    op.execute("create unique index visit_task on patrol.visit (task_id)")
    op.execute("create index visit_grid on patrol.visit (grid_id, at)")
    op.execute("create index visit_cell on patrol.visit (cell, at)")


def rights() -> None:
    """A worker or team leader reaches the plans, tasks and feedback of his own teams, and changes no other."""
    definer(
        "patrol.session_teams()",
        "int[]",
        """select coalesce(array_agg(m.team_id), '{}') from patrol.team_member m
            where m.account_id = core.session_account() and m.valid_to is null""",
        to=EVERY_TIER,
    )
    for table in BY_TEAM:
        name = f"patrol.{table}"
        op.execute(f"alter table {name} enable row level security")
        op.execute(f"alter table {name} force row level security")
        op.execute(
            f"create policy own_team on {name} to {Tier.WORKER.role_name} "
            "using (team_id = any ((select patrol.session_teams())::int[]))"
        )
        whole = ", ".join(tier.role_name for tier in WHOLE_COUNTY)
        op.execute(f"create policy whole_county on {name} to {whole} using (true) with check (true)")
        grant(name, READERS)
    # a team is sent into all its grids, a worker answers for one of them: he reaches the cases he was sent to
    definer(
        "patrol.session_cases()",
        "uuid[]",
        """select coalesce(array_agg(distinct t.case_id), '{}') from patrol.task t
            where t.team_id = any ((select patrol.session_teams())::int[]) and t.case_id is not null
              and (t.status <> 'done' or t.done_at > now() - interval '7 days')""",
        to=(Tier.WORKER,),
    )
    for table, column in CASES_SENT_TO.items():
        op.execute(
            f"create policy sent_to on {table} to {Tier.WORKER.role_name} "
            f"using ({column} = any ((select patrol.session_cases())::uuid[]))"
        )
    # what is written about the field is written under the writer's own name
    op.execute(
        "create policy own_name on patrol.feedback as restrictive for insert to wangge_worker "
        "with check (account_id = (select core.session_account()))"
    )
    for table in ("plan", "stop"):
        grant(f"patrol.{table}", DESIGNERS, "insert, update, delete")
    grant("patrol.task", DESIGNERS, "insert")
    grant("patrol.task", DESIGNERS, "update", columns=("status", "accepted_at", "arrived_at", "done_at"))
    for table in ("feedback", "photo", "visit"):
        grant(f"patrol.{table}", DESIGNERS, "insert")
    for table in ("team", "team_grid", "team_member"):
        grant(f"patrol.{table}", READERS)
        grant(f"patrol.{table}", (Tier.ETL, Tier.JOBS, Tier.COMMAND), "insert, update")
    for table in ("road_graph", "road_edge"):
        grant(f"patrol.{table}", EVERY_TIER)
        grant(f"patrol.{table}", (Tier.ETL, Tier.JOBS), "insert, update, delete")
    published_view(
        "patrol.v_road",
        """
        select e.id, e.name, e.class, e.class as highway,
               case when e.forward & 6 > 0 and e.backward & 6 > 0 then 0
                    when e.backward & 6 > 0 then -1
                    when e.forward & 6 > 0 then 1
                    else 0 end as oneway,
               g.digest as version, e.geom
        from patrol.road_edge e join patrol.road_graph g on g.id = e.graph_id
        where g.is_current
        """,
        EVERY_TIER,
    )


def downgrade() -> None:
    op.execute("drop view patrol.v_road")
    for table in CASES_SENT_TO:
        op.execute(f"drop policy sent_to on {table}")
    op.execute("drop function patrol.session_cases()")
    for table in (
        "visit", "photo", "feedback", "task", "stop", "plan", "team_member", "team_grid", "team", "road_edge",
        "road_graph",
    ):  # fmt: skip
        op.execute(f"drop table patrol.{table}")
    op.execute("drop function patrol.session_teams()")
