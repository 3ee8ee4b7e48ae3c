"""The SQL of `article_shelf.py`. Every name is written out: no `search_path` leads there."""

# Beyond it pgvector builds no index of `halfvec`.
DIMENSIONS_MAX = 4_000

# Of a body, as far as it is found by its words: a `tsvector` takes a megabyte.
_WORDS_CHARS_MAX = 100_000

# The configurations of PostgreSQL's full text, by the first part of a language's tag.
_CONFIGURATION = """
CREATE FUNCTION article_shelf.configuration(language text) RETURNS regconfig
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE split_part(lower(language), '-', 1)
        WHEN 'en' THEN 'pg_catalog.english'::regconfig
        WHEN 'de' THEN 'pg_catalog.german'::regconfig
        WHEN 'fr' THEN 'pg_catalog.french'::regconfig
        WHEN 'es' THEN 'pg_catalog.spanish'::regconfig
        WHEN 'it' THEN 'pg_catalog.italian'::regconfig
        WHEN 'nl' THEN 'pg_catalog.dutch'::regconfig
        WHEN 'pt' THEN 'pg_catalog.portuguese'::regconfig
        ELSE 'pg_catalog.simple'::regconfig
    END
$$;
"""

_TABLES = f"""
DROP SCHEMA IF EXISTS article_shelf CASCADE;
CREATE SCHEMA article_shelf;
CREATE TABLE article_shelf.reached (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch    text   NOT NULL,
    position bigint NOT NULL,
    embedder text
);
CREATE TABLE article_shelf.article (
    article_id    text      PRIMARY KEY,
    version       integer   NOT NULL,
    title         text      NOT NULL,
    body          text      NOT NULL,
    language      text      NOT NULL,
    tags          text[]    NOT NULL,
    readers       text[]    NOT NULL,
    source        text,
    url           text,
    configuration regconfig NOT NULL,
    words         tsvector  NOT NULL
);
CREATE INDEX ON article_shelf.article USING gin (words);
CREATE TABLE article_shelf.used (configuration regconfig PRIMARY KEY);
{_CONFIGURATION}
"""

# 16 bits a number are enough to tell what is near, and half of what has to be read.
# `strict_order`: where a group may see little, the index goes on until enough was found.
_PIECES = """
CREATE TABLE article_shelf.piece (
    article_id text    NOT NULL,
    ordinal    integer NOT NULL,
    kind       text    NOT NULL,
    starts     integer NOT NULL,
    ends       integer NOT NULL,
    readers    text[]  NOT NULL,
    vector     public.halfvec({dimensions}) NOT NULL,
    PRIMARY KEY (article_id, ordinal)
);
CREATE INDEX ON article_shelf.piece USING hnsw (vector public.halfvec_cosine_ops);
CREATE FUNCTION article_shelf.near(
    question public.halfvec({dimensions}), reads text[], pieces_max integer
) RETURNS TABLE (article_id text) LANGUAGE sql STABLE ROWS 60
SET hnsw.ef_search = 100 SET hnsw.iterative_scan = 'strict_order' AS $$
    SELECT piece.article_id
      FROM article_shelf.piece
     WHERE piece.readers = '{{}}' OR piece.readers && reads
     ORDER BY piece.vector OPERATOR(public.<=>) question
     LIMIT pieces_max
$$;
"""


def schema_of(dimensions: int | None) -> str:
    """Return the SQL that makes an empty shelf; without dimensions one for words alone."""
    if dimensions is None or dimensions > DIMENSIONS_MAX:
        return _TABLES
    return _TABLES + _PIECES.format(dimensions=dimensions)


DELETE_ARTICLES = "DELETE FROM article_shelf.article WHERE article_id = ANY($1::text[])"
DELETE_PIECES = "DELETE FROM article_shelf.piece WHERE article_id = ANY($1::text[])"

INSERT_ARTICLE = f"""
INSERT INTO article_shelf.article
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, article_shelf.configuration($5),
        to_tsvector(article_shelf.configuration($5), $3)
        || to_tsvector(article_shelf.configuration($5), left($4, {_WORDS_CHARS_MAX})))
"""  # noqa: S608 (a number of our own)

NOTE_USED = """
INSERT INTO article_shelf.used SELECT article_shelf.configuration($1) ON CONFLICT DO NOTHING
"""

INSERT_PIECES = """
INSERT INTO article_shelf.piece VALUES ($1, $2, $3, $4, $5, $6, ($7::text)::public.halfvec)
"""

SET_REACHED = """
INSERT INTO article_shelf.reached (epoch, position, embedder) VALUES ($1, $2, $3)
ON CONFLICT (one) DO UPDATE
   SET epoch = excluded.epoch, position = excluded.position, embedder = excluded.embedder
"""

LIST = """
SELECT article_id, version, title, language, tags, readers, source, url, body
  FROM article_shelf.article
 WHERE article_id > $1 AND ($3::text IS NULL OR article_id = $3)
 ORDER BY article_id
 LIMIT $2
"""

# Where the planner knows little of the tables it would read all of them: what is joined to the few
# candidates is looked up, each by itself (`LATERAL`).

# Any of the words, never all of them: people do not speak in the words of articles.
_BY_LENGTH = 1  # a long article has most words somewhere

_WORDED = f"""
question AS MATERIALIZED (
    SELECT configuration, lexemes, (
               SELECT string_agg(quote_literal(lexeme), ' | ') FROM unnest(lexemes) AS lexeme
           )::tsquery AS query
      FROM article_shelf.used,
           LATERAL (
               SELECT tsvector_to_array(to_tsvector(used.configuration, $1)) AS lexemes
           ) AS asked
),
matching AS (
    SELECT article.article_id, ts_rank(article.words, question.query, {_BY_LENGTH}) AS rank,
           question.lexemes
      FROM article_shelf.article JOIN question USING (configuration)
     WHERE article.words @@ question.query
       AND (article.readers = '{{}}' OR article.readers && $2::text[])
     ORDER BY rank DESC, article.article_id
     LIMIT $3
),
worded AS (
    SELECT article_id, row_number() OVER (ORDER BY rank DESC, article_id)::integer AS place,
           lexemes
      FROM matching
)
"""  # noqa: S608 (parts of our own)

_COVERAGE = """
(SELECT count(*) FILTER (WHERE lexeme = ANY (tsvector_to_array(article.words)))::real
        / greatest(count(*), 1)
   FROM unnest(worded.lexemes) AS lexeme)
"""

FIND_BY_WORDS = f"""
WITH {_WORDED}
SELECT article.article_id, article.version, article.title, 0.0::real AS cosine,
       0.0::real AS likeness, worded.place,
       {_COVERAGE} AS coverage, 0 AS starts, length(article.body) AS ends
  FROM worded JOIN article_shelf.article USING (article_id)
"""  # noqa: S608 (parts of our own)

FIND_NEAR = f"""
WITH {_WORDED},
candidates AS (
    SELECT article_id FROM article_shelf.near(($4::text)::public.halfvec, $2::text[], $5)
     UNION
    SELECT article_id FROM worded
),
of_kinds AS (
    SELECT candidates.article_id, nearest.*
      FROM candidates CROSS JOIN LATERAL (
           SELECT DISTINCT ON (kind) kind, starts, ends,
                  1 - (vector OPERATOR(public.<=>) ($4::text)::public.halfvec) AS cosine
             FROM article_shelf.piece
            WHERE piece.article_id = candidates.article_id
            ORDER BY kind, vector OPERATOR(public.<=>) ($4::text)::public.halfvec
      ) AS nearest
)
SELECT article.article_id, article.version, article.title, worded.place,
       {_COVERAGE} AS coverage, nearest.starts, nearest.ends, nearest.cosine, nearest.likeness
  FROM (SELECT article_id, max(cosine) AS cosine, avg(cosine) AS likeness,
               (array_agg(starts ORDER BY kind = 'title', cosine DESC))[1] AS starts,
               (array_agg(ends ORDER BY kind = 'title', cosine DESC))[1] AS ends
          FROM of_kinds
         GROUP BY article_id) AS nearest
 CROSS JOIN LATERAL (
       SELECT * FROM article_shelf.article WHERE article_id = nearest.article_id OFFSET 0
 ) AS article
  LEFT JOIN worded ON worded.article_id = nearest.article_id
"""  # noqa: S608 (parts of our own)

NEARNESS = """
SELECT 1 - (vector OPERATOR(public.<=>) ($1::text)::public.halfvec)
  FROM article_shelf.piece
 ORDER BY vector OPERATOR(public.<=>) ($1::text)::public.halfvec
 LIMIT 1
"""
