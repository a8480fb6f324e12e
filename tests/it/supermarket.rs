//! The supermarket: a remark at the till reaches the manager's task list, and its closing reaches
//! the one who heard it.

use regulars::host::NewInteraction;
use regulars::model::*;
use regulars::store::PageRequest;
use regulars_manifest::Caller;
use serde_json::json;

use crate::world::World;

fn remark(world: &World, customer: CustomerId, remark: &str) -> ActionReply {
    let reply = world
        .host
        .act(ActionCall {
            plugin: "overheard".parse().unwrap(),
            action: "record".to_owned(),
            customer: Some(customer),
            input: json!({ "remark": remark, "heard_by": "Anna" }),
            caller: Caller::Staff,
        })
        .unwrap();
    world.host.settle().unwrap();
    reply
}

#[test]
fn remark_reaches_its_owner_and_closing_reaches_the_listener() {
    let world = World::new();
    world.install("overheard");
    let customer = world.customer("Maria Silva").id;

    let said = "I only buy the produce here, the meat counter smells.";
    let reply = remark(&world, customer, said);
    assert_eq!(
        reply.output,
        json!({ "recorded": true, "owner_answers_within_hours": 48 })
    );

    // It stands in the history, in the customer's words, and the owner has a task.
    let page = PageRequest::first(10);
    let history = world
        .host
        .timeline(customer, &Default::default(), page)
        .unwrap()
        .items;
    assert_eq!(history.len(), 1);
    assert_eq!(history[0].body.as_deref(), Some(said));
    let tasks = world.tasks(customer);
    assert_eq!(tasks.len(), 1);
    assert_eq!((tasks[0].role.as_str(), tasks[0].urgent), ("owner", false));
    assert_eq!(tasks[0].because.evidence, [history[0].id]);
    assert_eq!(
        tasks[0].due_at.unwrap(),
        world.host.now() + jiff::SignedDuration::from_hours(48)
    );

    // The owner did something about it: Anna hears of it, and so will Maria.
    let note = Some("The counter was cleaned and the fridge repaired.".to_owned());
    world
        .host
        .close_task(tasks[0].id, "done", note, Some("Joao".to_owned()))
        .unwrap();
    world.host.settle().unwrap();
    let tasks = world.tasks(customer);
    let open: Vec<&Task> = tasks
        .iter()
        .filter(|task| task.state == TaskState::Open)
        .collect();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].role, "Anna");
    assert!(open[0].body.contains("fridge repaired"), "{}", open[0].body);
    let desk = world.host.desk(customer).unwrap();
    assert_eq!(desk.cards.len(), 1);
    assert!(
        desk.cards[0].title.starts_with("You said, we did"),
        "{}",
        desk.cards[0].title
    );

    // Closing what Anna was told is the end of it.
    world
        .host
        .close_task(open[0].id, "done", None, None)
        .unwrap();
    world.host.settle().unwrap();
    assert!(
        world
            .tasks(customer)
            .iter()
            .all(|task| task.state == TaskState::Closed)
    );
}

#[test]
fn urgent_word_makes_it_the_managers_within_two_hours() {
    let world = World::new();
    world.install("overheard");
    let customer = world.customer("Maria Silva").id;
    remark(
        &world,
        customer,
        "My son has an allergy and the label was wrong.",
    );
    let task = world.tasks(customer).remove(0);
    assert_eq!((task.role.as_str(), task.urgent), ("manager", true));
    assert_eq!(
        task.due_at.unwrap(),
        world.host.now() + jiff::SignedDuration::from_hours(2)
    );
}

#[test]
fn data_shows_what_and_one_question_asks_why() {
    let world = World::new();
    world.install("ask-once");
    let customer = world.customer("Maria Silva").id;
    for day in (0..40).rev() {
        let lines = json!({ "lines": [{ "category": "produce", "amount": 12.5 }] });
        let new = NewInteraction {
            occurred_at: Some(world.host.now() - jiff::SignedDuration::from_hours(24 * day)),
            data: Some(lines),
            ..NewInteraction::new(customer, "purchase")
        };
        world.host.record(new).unwrap();
        world.host.settle().unwrap();
    }
    let desk = world.host.desk(customer).unwrap();
    assert_eq!(
        desk.questions.len(),
        1,
        "one question, however many purchases: {desk:?}"
    );
    let question = &desk.questions[0];
    assert!(question.text.contains("produce"), "{}", question.text);

    let answer = question
        .choices
        .first()
        .map_or("The fish is better elsewhere.", String::as_str)
        .to_owned();
    world
        .host
        .answer_question(question.id, &answer, Some("Anna".to_owned()))
        .unwrap();
    world.host.settle().unwrap();
    let memory = world
        .host
        .memory(&"ask-once".parse().unwrap(), Some(customer))
        .unwrap();
    assert!(
        memory
            .entries
            .values()
            .any(|value| value.to_string().contains(&answer)),
        "the answer is remembered as stated: {memory:?}"
    );
    let page = PageRequest::first(1);
    let newest = &world
        .host
        .timeline(customer, &Default::default(), page)
        .unwrap()
        .items[0];
    assert_eq!(
        (newest.kind.as_str(), newest.body.as_deref()),
        ("note", Some(answer.as_str()))
    );
    world.record(customer, "purchase");
    assert!(world.host.desk(customer).unwrap().questions.is_empty());
}
