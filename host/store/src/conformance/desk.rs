use super::*;
use crate::{Change, MessageQuery, Precondition, TaskQuery, WhichMessages};
use regulars_model::*;

pub const CASES: &[Case] = &[
    ("a newer card takes the older one's place", supersede),
    ("questions and tasks are opened and closed", closing),
    ("the desk is ordered and bounded", ordered),
    ("tasks and messages are listed", listed),
];

pub fn card(customer: CustomerId, name: &str, expires: Option<i64>) -> Card {
    Card {
        id: CardId(id()),
        customer,
        plugin: plugin(name),
        run: RunId(id()),
        title: "Congratulate".into(),
        body: "100th visit".into(),
        action: Some("gift".into()),
        because: because("it is the 100th visit"),
        created_at: at(0),
        expires_at: expires.map(at),
        state: CardState::Open,
    }
}

pub fn question(customer: CustomerId, name: &str, seconds: i64) -> Question {
    Question {
        id: QuestionId(id()),
        customer,
        plugin: plugin(name),
        run: RunId(id()),
        name: "why".into(),
        text: "What brings you here?".into(),
        choices: vec!["sport".into(), "friends".into()],
        because: because("not known"),
        created_at: at(seconds),
        state: QuestionState::Open,
        answer: None,
        answered_by: None,
    }
}

pub fn task(customer: CustomerId, name: &str, group: Option<&str>) -> Task {
    Task {
        id: TaskId(id()),
        customer,
        plugin: Some(plugin(name)),
        run: Some(RunId(id())),
        title: "Call".into(),
        body: String::new(),
        role: "manager".into(),
        urgent: false,
        due_at: None,
        group_key: group.map(Into::into),
        because: because("a complaint"),
        created_at: at(0),
        state: TaskState::Open,
        outcome: None,
        note: None,
        closed_by: None,
        closed_at: None,
    }
}

pub fn message(customer: CustomerId, name: &str, key: &str) -> Message {
    Message {
        id: MessageId(id()),
        customer,
        plugin: plugin(name),
        run: RunId(id()),
        purpose: Purpose::Care,
        subject: "Hello".into(),
        body: "…".into(),
        channels: vec!["email".into()],
        value: "a smile".into(),
        because: because("birthday"),
        created_at: at(0),
        not_before: None,
        expires_at: Some(at(9)),
        dedupe_key: key.into(),
        state: MessageState::Queued,
        decision: Decision {
            outcome: VerdictOutcome::Defer {
                until: Some(at(60)),
            },
            verdicts: vec![Verdict::new(
                "quiet-hours",
                VerdictOutcome::Allow,
                "it is day",
            )],
            route: None,
        },
        topic: Some("yoga".into()),
        channel: Some("email".into()),
        due_at: Some(at(60)),
        decided_at: at(0),
        attempts: 0,
        sent_at: None,
        unconfirmed_at: None,
        cancel: None,
        detail: None,
        point: Some([7; 32]),
        fingerprint: Fingerprint([9; 16]),
        cause_at: Some(at(-9)),
    }
}

fn supersede(store: &dyn Store) {
    let customer = stored(store, "Ada");
    let (first, second) = (card(customer, "one", None), card(customer, "one", Some(50)));
    let other = card(customer, "two", None);
    for card in [&first, &other, &second] {
        write(store, [Change::OpenCard(card.clone())]);
    }
    let desk = |seconds| store.desk(customer, at(seconds)).unwrap().unwrap().cards;
    assert_eq!(desk(49), [second.clone(), other.clone()]);
    assert_eq!(desk(50), std::slice::from_ref(&other));
    let state = |id| store.card(id).unwrap().unwrap().state;
    assert_eq!(state(first.id), CardState::Superseded);
    assert!(!holds(store, Precondition::CardOpen(first.id)));
    assert!(holds(store, Precondition::CardOpen(second.id)));
    let close = |card: CardId, state| Change::CloseCard { card, state };
    write(
        store,
        [
            close(second.id, CardState::Done),
            close(first.id, CardState::Done),
        ],
    );
    assert_eq!(state(second.id), CardState::Done);
    assert_eq!(state(first.id), CardState::Superseded);
    assert!(store.desk(CustomerId(id()), at(0)).unwrap().is_none());
}

fn closing(store: &dyn Store) {
    let customer = stored(store, "Ada");
    let (mut question, mut task) = (
        question(customer, "one", 0),
        task(customer, "one", Some("g")),
    );
    write(
        store,
        [
            Change::OpenQuestion(question.clone()),
            Change::OpenTask(task.clone()),
        ],
    );
    assert!(holds(store, Precondition::QuestionOpen(question.id)));
    assert!(holds(store, Precondition::TaskOpen(task.id)));
    write(
        store,
        [
            Change::CloseQuestion {
                question: question.id,
                state: QuestionState::Answered,
                answer: Some("sport".into()),
                answered_by: Some("Kim".into()),
            },
            Change::CloseTask {
                task: task.id,
                outcome: "done".into(),
                note: None,
                closed_by: Some("Kim".into()),
                at: at(7),
            },
        ],
    );
    question.state = QuestionState::Answered;
    question.answer = Some("sport".into());
    question.answered_by = Some("Kim".into());
    task.state = TaskState::Closed;
    task.outcome = Some("done".into());
    task.closed_by = Some("Kim".into());
    task.closed_at = Some(at(7));
    assert!(!holds(store, Precondition::QuestionOpen(question.id)));
    assert!(!holds(store, Precondition::TaskOpen(task.id)));
    assert_eq!(store.question(question.id).unwrap(), Some(question));
    assert_eq!(store.task(task.id).unwrap(), Some(task));
}

fn ordered(store: &dyn Store) {
    let customer = stored(store, "Ada");
    let mut tasks = [(); 4].map(|()| task(customer, "one", None));
    tasks[0].due_at = Some(at(20));
    tasks[1].due_at = Some(at(10));
    tasks[2].urgent = true;
    tasks[3].plugin = None;
    tasks[3].run = None;
    write(store, tasks.clone().map(Change::OpenTask));
    let [later, sooner, urgent, someday] = tasks;
    let desk = store.desk(customer, at(0)).unwrap().unwrap();
    assert_eq!(desk.tasks, [urgent, sooner, later, someday]);
    for index in 0..60 {
        let name = format!("p{index}");
        write(
            store,
            [
                Change::OpenCard(card(customer, &name, None)),
                Change::OpenQuestion(question(customer, &name, index)),
                Change::OpenTask(task(customer, &name, None)),
            ],
        );
    }
    let desk = store.desk(customer, at(0)).unwrap().unwrap();
    assert_eq!(
        (desk.cards.len(), desk.questions.len(), desk.tasks.len()),
        (50, 50, 50)
    );
    assert_eq!(desk.questions[0].created_at, at(59));
}

fn listed(store: &dyn Store) {
    let (ada, ben) = (stored(store, "Ada"), stored(store, "Ben"));
    let mut tasks = Vec::new();
    let mut messages = Vec::new();
    for index in 0..9 {
        let mut task = task([ada, ben][index % 2], "one", None);
        task.role = ["manager", "trainer", "till"][index % 3].into();
        let message = message(task.customer, "one", &index.to_string());
        write(
            store,
            [
                Change::OpenTask(task.clone()),
                Change::PutMessage(message.clone()),
            ],
        );
        tasks.insert(0, task);
        messages.insert(0, message);
    }
    let found = |query: &TaskQuery| pages(2, |page| store.tasks(query, page).unwrap());
    let mut query = TaskQuery::default();
    assert_eq!(found(&query), tasks);
    query.customer = Some(ben);
    assert_eq!(found(&query).len(), 4);
    query.role = Some("trainer".into());
    query.state = Some(TaskState::Open);
    assert_eq!(found(&query).len(), 2);
    query.state = Some(TaskState::Closed);
    assert!(found(&query).is_empty());
    messages[3].state = MessageState::Denied;
    messages[3].due_at = None;
    write(store, [Change::PutMessage(messages[3].clone())]);
    messages[6].state = MessageState::Sending;
    write(store, [Change::PutMessage(messages[6].clone())]);
    let found = |customer, which| {
        let query = MessageQuery { customer, which };
        pages(4, |page| store.messages(&query, page).unwrap())
    };
    assert_eq!(found(None, WhichMessages::All), messages);
    assert_eq!(found(Some(ada), WhichMessages::All).len(), 5);
    let denied = WhichMessages::In(MessageState::Denied);
    assert_eq!(found(None, denied), messages[3..4]);
    assert_eq!(found(None, WhichMessages::Ended), messages[3..4]);
    let mut waiting = messages.clone();
    waiting.remove(3);
    assert_eq!(found(None, WhichMessages::Waiting), waiting);
    assert_eq!(
        store.message(messages[0].id).unwrap().as_ref(),
        Some(&messages[0])
    );
}
