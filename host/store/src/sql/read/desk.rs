use super::customer;
use crate::sql::codec::{Columns, word};
use crate::sql::query::{self, Filter};
use crate::sql::{Result, SqlConnection, params, sql};
use crate::{PageRequest, TaskQuery};
use regulars_model::*;

/// The most items of each kind on a desk.
const SHOWN: u32 = 50;

const CARD: &str = "SELECT d.seq, d.id, c.id, p.id, d.run, d.title, d.body, d.action, d.because,
    d.created_at, d.expires_at, d.state
    FROM card d JOIN customer c ON c.key = d.customer JOIN installation p ON p.key = d.installation";

const QUESTION: &str =
    "SELECT q.seq, q.id, c.id, p.id, q.run, q.name, q.text, q.choices, q.because,
    q.created_at, q.state, q.answer, q.answered_by
    FROM question q JOIN customer c ON c.key = q.customer
    JOIN installation p ON p.key = q.installation";

const TASK: &str = "SELECT t.seq, t.id, c.id, p.id, t.run, t.title, t.body, t.role, t.urgent,
    t.due_at, t.group_key, t.because, t.created_at, t.state, t.outcome, t.note, t.closed_by,
    t.closed_at
    FROM task t JOIN customer c ON c.key = t.customer
    LEFT JOIN installation p ON p.key = t.installation";

fn decode_card<C: SqlConnection>(columns: &mut Columns<'_, '_, C>) -> Result<Card> {
    Ok(Card {
        id: CardId(columns.uuid()?),
        customer: CustomerId(columns.uuid()?),
        plugin: columns.installation()?,
        run: RunId(columns.uuid()?),
        title: columns.get()?,
        body: columns.get()?,
        action: columns.get()?,
        because: columns.json()?,
        created_at: columns.time()?,
        expires_at: columns.time_opt()?,
        state: columns.word()?,
    })
}

fn decode_question<C: SqlConnection>(columns: &mut Columns<'_, '_, C>) -> Result<Question> {
    Ok(Question {
        id: QuestionId(columns.uuid()?),
        customer: CustomerId(columns.uuid()?),
        plugin: columns.installation()?,
        run: RunId(columns.uuid()?),
        name: columns.get()?,
        text: columns.get()?,
        choices: columns.json()?,
        because: columns.json()?,
        created_at: columns.time()?,
        state: columns.word()?,
        answer: columns.get()?,
        answered_by: columns.get()?,
    })
}

fn decode_task<C: SqlConnection>(columns: &mut Columns<'_, '_, C>) -> Result<Task> {
    Ok(Task {
        id: TaskId(columns.uuid()?),
        customer: CustomerId(columns.uuid()?),
        plugin: columns.installation_opt()?,
        run: columns.uuid_opt()?.map(RunId),
        title: columns.get()?,
        body: columns.get()?,
        role: columns.get()?,
        urgent: columns.get()?,
        due_at: columns.time_opt()?,
        group_key: columns.get()?,
        because: columns.json()?,
        created_at: columns.time()?,
        state: columns.word()?,
        outcome: columns.get()?,
        note: columns.get()?,
        closed_by: columns.get()?,
        closed_at: columns.time_opt()?,
    })
}

/// The caller holds a transaction, so that everything is of one moment.
pub(crate) fn desk<C: SqlConnection>(
    sql: &C,
    id: CustomerId,
    now: Timestamp,
) -> Result<Option<Desk>> {
    let (Some(key), Some(customer)) = (customer::key(sql, id)?, customer::customer(sql, id)?)
    else {
        return Ok(None);
    };
    let cards = sql![
        CARD,
        " WHERE d.customer = ? AND d.state = 'open'
         AND (d.expires_at IS NULL OR d.expires_at > ?) ORDER BY d.seq DESC LIMIT ?"
    ];
    let questions = sql![
        QUESTION,
        " WHERE q.customer = ? AND q.state = 'open' ORDER BY q.seq DESC LIMIT ?"
    ];
    let tasks = sql![
        TASK,
        " WHERE t.customer = ? AND t.state = 'open'
         ORDER BY t.urgent DESC, t.due_at NULLS LAST, t.seq LIMIT ?"
    ];
    Ok(Some(Desk {
        customer,
        cards: query::all(
            sql,
            cards,
            params![key, now.as_millisecond(), SHOWN],
            decode_card,
        )?,
        questions: query::all(sql, questions, params![key, SHOWN], decode_question)?,
        tasks: query::all(sql, tasks, params![key, SHOWN], decode_task)?,
    }))
}

pub(crate) fn cards<C: SqlConnection>(
    sql: &C,
    customer: CustomerId,
    page: PageRequest,
) -> Result<Page<Card>> {
    let mut filter = Filter::new();
    filter.and_with("c.id = ?", customer.0.as_bytes());
    let order = ("d.seq < ?", "d.seq DESC");
    query::newest_first(sql, CARD, filter, order, page, decode_card)
}

pub(crate) fn questions<C: SqlConnection>(
    sql: &C,
    customer: CustomerId,
    page: PageRequest,
) -> Result<Page<Question>> {
    let mut filter = Filter::new();
    filter.and_with("c.id = ?", customer.0.as_bytes());
    let order = ("q.seq < ?", "q.seq DESC");
    query::newest_first(sql, QUESTION, filter, order, page, decode_question)
}

pub(crate) fn card<C: SqlConnection>(sql: &C, id: CardId) -> Result<Option<Card>> {
    by_id(sql, sql![CARD, " WHERE d.id = ?"], id.0, decode_card)
}

pub(crate) fn question<C: SqlConnection>(sql: &C, id: QuestionId) -> Result<Option<Question>> {
    by_id(
        sql,
        sql![QUESTION, " WHERE q.id = ?"],
        id.0,
        decode_question,
    )
}

pub(crate) fn task<C: SqlConnection>(sql: &C, id: TaskId) -> Result<Option<Task>> {
    by_id(sql, sql![TASK, " WHERE t.id = ?"], id.0, decode_task)
}

fn by_id<C: SqlConnection, T>(
    sql: &C,
    select: &str,
    id: uuid::Uuid,
    decode: impl FnOnce(&mut Columns<'_, '_, C>) -> Result<T>,
) -> Result<Option<T>> {
    query::one(sql, select, params![id.as_bytes()], decode)
}

pub(crate) fn tasks<C: SqlConnection>(
    sql: &C,
    wanted: &TaskQuery,
    page: PageRequest,
) -> Result<Page<Task>> {
    let mut filter = Filter::new();
    if let Some(customer) = wanted.customer {
        filter.and_with(
            "t.customer = (SELECT key FROM customer WHERE id = ?)",
            customer.0.as_bytes(),
        );
    }
    if let Some(state) = &wanted.state {
        filter.and_with("t.state = ?", word(state)?);
    }
    if let Some(role) = &wanted.role {
        filter.and_with("t.role = ?", role.clone());
    }
    let order = ("t.seq < ?", "t.seq DESC");
    query::newest_first(sql, TASK, filter, order, page, decode_task)
}
