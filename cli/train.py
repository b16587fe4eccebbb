"""`wangge train`: models from labelled files that the site has. Heavy imports wait for the call."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="用本单位标注过的文件训练模型 / train models from the site's own labelled files",
    no_args_is_help=True,
    add_completion=False,
)
Out = Annotated[
    Path | None,
    typer.Option(help="模型写到哪里，默认数据目录的 models / the model file; by default in the data folder"),
]


@app.callback()
def _group() -> None:
    """So that each kind of model is named."""


@app.command()
def parse(
    conll: Annotated[Path, typer.Option(help="标注过的句子，一行一个字和标记 / labelled sentences")],
    out: Out = None,
    seed: Annotated[int, typer.Option(help="随机种子 / seed of the drawing")] = 1,
) -> None:
    """训练要素切分：之后 `wangge explain` 同时显示它读出的要素 / train the tagger of elements."""
    from address.learned.labelled import read_sentences
    from address.learned.tagger import train
    from core.clock import today

    sentences = read_sentences(conll)
    tagger = train(sentences, seed)
    path = out or _in_data("parse.npz")
    _say(path, tagger.save(path, conll, today()), len(sentences))


@app.command()
def pairs(
    pairs: Annotated[Path, typer.Option(help="人工判断过的地址对，JSON 行或 TSV / judged pairs")],
    out: Out = None,
    seed: Annotated[int, typer.Option(help="随机种子 / seed of the drawing")] = 1,
) -> None:
    """训练地址对判断：不匹配、部分、完全 / train the judge of pairs: none, partial, exact."""
    from address.learned.judging import Judge
    from address.learned.pairs import read_pairs
    from core.clock import today

    judged = read_pairs(pairs)
    path = out or _in_data("pairs.npz")
    _say(path, Judge.train(judged, seed).save(path, pairs, today()), sum(len(one.texts) for one in judged))


@app.command()
def retrieve(
    pairs: Annotated[Path, typer.Option(help="人工判断过的地址对，JSON 行或 TSV / judged pairs")],
    out: Out = None,
    seed: Annotated[int, typer.Option(help="随机种子 / seed of the drawing")] = 1,
) -> None:
    """训练检索重排 / train the reranker of what the bigram index finds."""
    from address.learned.judging import Pool, Reranker
    from address.learned.pairs import numbered, read_pairs
    from core.clock import today

    judged = read_pairs(pairs)
    texts = numbered(judged)[1]
    reranker = Reranker.train(judged, Pool(texts), {text: i for i, text in enumerate(texts)}, seed)
    path = out or _in_data("retrieve.npz")
    _say(path, reranker.save(path, pairs, today()), sum(len(one.texts) for one in judged))


def _in_data(name: str) -> Path:
    from core.settings import settings

    return settings().data / "models" / name


def _say(path: Path, head: dict[str, object], count: int) -> None:
    print(f"{path}  {path.stat().st_size / 1e6:.1f} MB · {count:,} 条训练 / examples · {head['file']}")
    print(f"sha256 {head['sha256']}")


@app.command()
def classify(
    ship: Annotated[bool, typer.Option(help="重做随软件发布的模型 / make the shipped model anew")] = False,
) -> None:
    """训练分类：虚构文本加上台席选定的类别 / train the categories on invented texts and on what desks chose."""
    from core.settings import settings
    from incidents.wording import SHIPPED

    if ship:
        from etl.demo.lines import labelled_lines
        from incidents.wording import ship as make

        model, path = make(labelled_lines()), SHIPPED
    else:
        from core.actors import Tier
        from core.clock import now
        from core.db import unit_of_work
        from incidents.service import train

        with unit_of_work(Tier.JOBS) as session:
            model = train(session, at=now())
        path = settings().data / "models" / SHIPPED.name
    print(f"{path}  {len(model.labels)} 小类 / subjects · {model.about}")
