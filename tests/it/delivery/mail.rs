//! Mails as a server receives them, and the meaning of its refusals.

mod five;

use mail_parser::MimeHeaders;
use regulars::model::MessageState;
use regulars::outbox::{Envelope, SendError};
use serde_json::json;

use super::envelope::envelope;
use super::office::{letter, office, reader, write};
use super::postbox::{Door, PASSWORD, Postbox, USER, channels, send};

fn sent(change: impl FnOnce(&mut Envelope)) -> super::postbox::Mail {
    let postbox = Postbox::open();
    let mut envelope = envelope();
    change(&mut envelope);
    send(&postbox.channels(), "email", &envelope).unwrap();
    postbox.only()
}

#[test]
fn mail_names_sender_reason_and_opt_out() {
    let mail = sent(|_| {});
    assert_eq!(mail.about["from"], "hello@gym.example");
    assert_eq!(mail.about["to"], json!(["ada@example.com"]));
    let header = |name| mail.header(name).unwrap();
    assert_eq!(header("from"), "\"Gym North\" <hello@gym.example>");
    assert_eq!(header("to"), "Ada <ada@example.com>");
    assert_eq!(header("subject"), "A place on Tuesday");
    // The host's time; not this machine's.
    assert_eq!(header("date"), "Mon, 02 Mar 2026 11:00:00 +0000");
    assert_eq!(
        header("message-id"),
        "<01970000-0000-7000-8000-000000000007@gym.example>"
    );
    assert_eq!(header("auto-submitted"), "auto-generated");
    assert_eq!(header("mime-version"), "1.0");
    // RFC 8058.
    assert_eq!(
        header("list-unsubscribe"),
        "<https://crm.example.com/my/other/unsubscribe>"
    );
    assert_eq!(
        header("list-unsubscribe-post"),
        "List-Unsubscribe=One-Click"
    );
    assert_eq!(mail.header("reply-to"), None);

    let message = mail.read();
    let kind = message.content_type().unwrap();
    assert_eq!(kind.ctype(), "multipart");
    assert_eq!(kind.subtype(), Some("alternative"));
    assert_eq!(message.parts.len(), 3, "the whole, text and HTML");
    assert_eq!(
        mail.text(),
        "Somebody cannot come.\n\nDo you want their place?\n\n---\nGym North\n\
         Why you get this: you asked for this course\n\n\
         Choose what you hear from us and how often, see what we keep about you, or stop all messages:\n\
         https://crm.example.com/my/token\n"
    );
    let html = mail.html();
    assert!(html.contains("<html lang=\"en\" dir=\"auto\">"), "{html}");
    assert!(
        html.contains("<p dir=\"auto\">Somebody cannot come.</p>\n<p dir=\"auto\">Do you want their place?</p>"),
        "{html}"
    );
    assert!(
        html.contains("Why you get this: you asked for this course"),
        "{html}"
    );
    assert!(
        html.contains("<a href=\"https://crm.example.com/my/token\">"),
        "{html}"
    );
}

#[test]
fn same_message_is_the_same_mail() {
    let postbox = Postbox::open();
    let channels = postbox.channels();
    for _ in 0..2 {
        send(&channels, "email", &envelope()).unwrap();
    }
    let mails = postbox.mails();
    assert_eq!(mails[0].raw, mails[1].raw);
}

#[test]
fn without_links_there_are_none() {
    let mail = sent(|envelope| {
        envelope.page = None;
        envelope.unsubscribe = None;
        envelope.language = None;
        envelope.name = None;
    });
    assert_eq!(mail.header("list-unsubscribe"), None);
    assert_eq!(mail.header("list-unsubscribe-post"), None);
    assert_eq!(mail.header("to").unwrap(), "ada@example.com");
    assert!(mail.text().ends_with("answer this message and say so.\n"));
    assert!(!mail.html().contains("href") && !mail.html().contains("lang="));
}

#[test]
fn reply_to_is_configured_and_footer_is_in_the_customers_language() {
    let postbox = Postbox::open();
    let more = "encryption = \"none\"\nreply_to = \"Front desk <desk@gym.example>\"\n\
                [email.footer.de]\nwhy = \"Warum Sie das bekommen:\"\npage = \"Alles abstellen:\"\nanswer = \"-\"";
    let settings = format!("business = \"Studio Süd\"\n{}", postbox.settings(more));
    let channels = channels(&settings);
    let mut envelope = envelope();
    for language in ["de-AT", "fr"] {
        envelope.language = Some(language.to_owned());
        send(&channels, "email", &envelope).unwrap();
    }
    let [german, other] = &postbox.mails()[..] else {
        panic!()
    };
    assert_eq!(
        german.header("reply-to").unwrap(),
        "\"Front desk\" <desk@gym.example>"
    );
    assert!(
        german
            .text()
            .contains("Studio Süd\nWarum Sie das bekommen: you asked")
    );
    assert!(german.html().contains("lang=\"de-AT\""));
    assert!(other.text().contains("Why you get this:"));
}

/// Every header that a mail may have.
const HEADERS: &[&str] = &[
    "auto-submitted",
    "content-type",
    "date",
    "from",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "message-id",
    "mime-version",
    "subject",
    "to",
];

#[test]
fn mail_escapes_untrusted_text() {
    let long = "word ".repeat(4000) + &"x".repeat(5000);
    let hostile = [
        "Hi\r\nBcc: everybody@example.com\r\n\r\n<b>body</b>",
        "Hi\nBcc: everybody@example.com",
        "Hi\rBcc: everybody@example.com",
        "a\u{0}b\u{1b}[31mc\u{7}",
        "\u{202e}gnp.exe\u{202c}\u{2066}x\u{2069}",
        "👩‍👩‍👧‍👦 größer & <script>alert('x')</script> \"quoted\"",
        "=?utf-8?q?=0D=0ABcc:_everybody@example.com?=",
        "\r\n.\r\nMAIL FROM:<a@b.c>\r\n",
        "--=_01970000000070008000000000000007\r\nContent-Type: text/html\r\n\r\n<h1>mine</h1>",
        "--=_01970000000070008000000000000007--",
        "<a@b.c>, \"x\" <everybody@example.com>",
        "From me\n.\n..\nFrom you",
        "   ",
        &long,
    ];
    let postbox = Postbox::open();
    let channels = postbox.channels();
    for text in hostile {
        let mut envelope = envelope();
        envelope.message.subject = text.to_owned();
        envelope.message.body = text.to_owned();
        envelope.message.because.reason = text.to_owned();
        envelope.name = Some(text.to_owned());
        envelope.language = Some(text.to_owned());
        send(&channels, "email", &envelope).unwrap();
    }
    let mails = postbox.mails();
    assert_eq!(mails.len(), hostile.len());
    for (mail, text) in mails.iter().zip(hostile) {
        assert_eq!(mail.about["to"], json!(["ada@example.com"]), "{text:?}");
        assert_eq!(mail.names(), HEADERS, "{text:?}");
        assert!(mail.raw.is_ascii(), "{text:?}");
        let longest = mail.raw.split(|byte| *byte == b'\n').map(<[u8]>::len).max();
        assert!(longest.unwrap() <= 998, "{text:?}");
        let message = mail.read();
        assert_eq!(message.parts.len(), 3, "{text:?}");
        let to = message.to().unwrap();
        assert_eq!(to.iter().count(), 1, "{text:?}");
        assert_eq!(
            to.first().unwrap().address(),
            Some("ada@example.com"),
            "{text:?}"
        );
        for part in [mail.text(), mail.html()] {
            assert!(
                !part.contains(|c: char| (c.is_control() && c != '\n')
                    || ('\u{202a}'..='\u{202e}').contains(&c)),
                "{text:?}"
            );
        }
        let html = mail.html();
        for tag in ["<script", "<b>", "<h1", "<a@"] {
            assert!(!html.contains(tag), "{text:?}: {html}");
        }
    }
    // What is harmless in it comes through.
    let family = mails[5].read();
    assert_eq!(family.subject(), Some(hostile[5]));
    assert!(mails[5].text().starts_with(hostile[5]));
    assert!(mails[5].html().contains("👩‍👩‍👧‍👦 größer &amp; &lt;script&gt;"));
    assert!(mails[7].text().starts_with("\n.\nMAIL FROM:<a@b.c>"));
    assert!(mails[11].text().starts_with("From me\n.\n..\nFrom you\n"));
    assert!(mails[13].text().starts_with(&long));
}

#[test]
fn unicode_domain_is_sent_as_punycode() {
    let mail = sent(|envelope| envelope.to = Some("ada@bücher.example".to_owned()));
    assert_eq!(mail.about["to"], json!(["ada@xn--bcher-kva.example"]));
}

#[test]
fn unicode_address_needs_smtputf8() {
    let mail = sent(|envelope| envelope.to = Some("zoë@example.com".to_owned()));
    assert_eq!(mail.about["to"], json!(["zoë@example.com"]));
    assert!(
        mail.about["options"]
            .as_array()
            .unwrap()
            .contains(&json!("SMTPUTF8"))
    );

    let old = Postbox::start(Door::Open, json!({ "utf8": false }));
    let mut envelope = envelope();
    envelope.to = Some("zoë@example.com".to_owned());
    let refusal = send(&old.channels(), "email", &envelope).unwrap_err();
    assert!(
        matches!(&refusal, SendError::Permanent(detail) if detail.contains("beyond ASCII")),
        "{refusal:?}"
    );
    assert!(old.mails().is_empty());
}

#[test]
fn invalid_address_is_refused_without_sending() {
    let postbox = Postbox::open();
    for wrong in [
        "",
        "ada",
        "ada@",
        "@example.com",
        "a b@example.com",
        "ada@example.com\r\nRCPT TO:<x@y.z>",
        "a@b@c>",
    ] {
        let mut envelope = envelope();
        envelope.to = Some(wrong.to_owned());
        let refusal = send(&postbox.channels(), "email", &envelope).unwrap_err();
        assert!(
            matches!(refusal, SendError::NoSuchPoint(_)),
            "{wrong:?}: {refusal:?}"
        );
    }
    assert!(postbox.mails().is_empty());
}

/// The meaning of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Means {
    Nobody,
    Never,
    Later,
    Unknown,
}

#[test]
fn smtp_refusals_follow_their_codes_and_quote_no_address() {
    use Means::*;
    let postbox = Postbox::open();
    let channels = postbox.channels();
    let cases = [
        (
            "rcpt",
            "550 5.1.1 <ada@example.com>: there is no ada here",
            Nobody,
        ),
        ("rcpt", "550 no such user: ada@example.com", Nobody),
        ("rcpt", "551 ada has moved to ada2@example.com", Nobody),
        ("rcpt", "553 5.1.3 ada@example.com is bad", Nobody),
        ("rcpt", "550 5.2.1 ada is switched off", Nobody),
        (
            "rcpt",
            "550-5.1.1 ada is not here\r\n550 5.1.1 really",
            Nobody,
        ),
        ("rcpt", "552 5.2.2 the mailbox of ada is full", Never),
        (
            "rcpt",
            "554 5.7.1 <ada@example.com>: Relay access denied",
            Never,
        ),
        ("rcpt", "550 5.7.1 ada wants none of this", Never),
        ("rcpt", "550 5.1.8 the sender's domain is bad", Never),
        ("rcpt", "530 5.7.0 ada? log in first", Later),
        ("rcpt", "451 4.7.1 <ada@example.com>: greylisted", Later),
        ("rcpt", "450 ada: later", Later),
        ("rcpt", "421 4.3.2 closing on ada", Later),
        ("rcpt", "stall", Later),
        ("rcpt", "close", Later),
        ("data", "554 5.7.1 spam for ada@example.com", Never),
        ("data", "550 5.1.1 no ada after all", Nobody),
        ("data", "550 this is not wanted", Never),
        ("data", "452 4.3.1 disk full, ada", Later),
        ("data", "close", Unknown),
        ("data", "stall", Unknown),
        ("data", "nonsense for ada@example.com", Unknown),
    ];
    let quick = super::postbox::channels(
        &postbox.settings("encryption = \"none\"\ntime_limit = \"200ms\""),
    );
    for (place, says, means) in cases {
        postbox.answer("ada@example.com", place, says);
        let channels = if says == "stall" { &quick } else { &channels };
        let refusal = send(channels, "email", &envelope()).unwrap_err();
        let found = match refusal {
            SendError::NoSuchPoint(_) => Nobody,
            SendError::Permanent(_) => Never,
            SendError::Transient(_) => Later,
            SendError::Unknown(_) => Unknown,
        };
        assert_eq!(found, means, "{place} {says}: {refusal}");
        let detail = refusal.to_string();
        assert!(
            !detail.contains("ada") && !detail.contains("example"),
            "{says}: {detail}"
        );
        let code: String = says.chars().take_while(char::is_ascii_digit).collect();
        assert!(detail.contains(&code), "{says}: {detail}");
    }
    postbox.answer(
        "hello@gym.example",
        "mail",
        "550 5.7.1 you may not write as hello@gym.example",
    );
    let refusal = send(&channels, "email", &envelope()).unwrap_err();
    assert!(
        matches!(&refusal, SendError::Permanent(detail) if !detail.contains('@')),
        "{refusal:?}"
    );
    assert!(postbox.mails().is_empty());
    // Whatever it said before, the next one goes.
    postbox.forgive();
    send(&channels, "email", &envelope()).unwrap();
    assert_eq!(postbox.mails().len(), 1);
}

#[test]
fn mails_share_a_connection_and_reconnect() {
    let postbox = Postbox::open();
    let channels = postbox.channels();
    for _ in 0..3 {
        send(&channels, "email", &envelope()).unwrap();
    }
    // The server takes the mail and breaks off: nobody can tell, so it is sent again, under the same id.
    postbox.answer("ada@example.com", "data", "lose");
    let lost = send(&channels, "email", &envelope()).unwrap_err();
    assert!(matches!(lost, SendError::Unknown(_)), "{lost:?}");
    postbox.forgive();
    send(&channels, "email", &envelope()).unwrap();
    let mails = postbox.mails();
    let peers: Vec<_> = mails
        .iter()
        .map(|mail| mail.about["peer"].clone())
        .collect();
    assert_eq!(peers.len(), 5);
    assert!(peers[..4].iter().all(|peer| *peer == peers[0]), "{peers:?}");
    assert_ne!(peers[4], peers[0]);
    assert_eq!(mails[3].header("message-id"), mails[4].header("message-id"));
}

#[test]
fn encryption_and_password_are_used_as_configured() {
    for (door, word) in [(Door::Starttls, "starttls"), (Door::Tls, "tls")] {
        let postbox = Postbox::start(door, json!({}));
        let login =
            format!("encryption = \"{word}\"\nusername = \"{USER}\"\npassword = \"{PASSWORD}\"");
        let trusting = format!("{login}\nca_file = \"{}\"", postbox.authority().display());
        let refused = |more: &str| {
            let refusal = send(&channels(&postbox.settings(more)), "email", &envelope());
            match refusal.unwrap_err() {
                // For the operator to mend: nothing is lost meanwhile.
                SendError::Transient(detail) => detail,
                other => panic!("{other:?}"),
            }
        };
        let untrusted = refused(&login);
        assert!(untrusted.contains("email.ca_file"), "{untrusted}");
        let wrong = refused(&trusting.replace("correct horse", "wrong horse"));
        assert!(wrong.contains("535") && !wrong.contains("horse"), "{wrong}");
        let plain = refused("encryption = \"none\"\ntime_limit = \"200ms\"");
        assert!(plain.starts_with("The mail server"), "{plain}");
        assert!(postbox.mails().is_empty());

        send(
            &channels(&postbox.settings(&trusting)),
            "email",
            &envelope(),
        )
        .unwrap();
        let mail = postbox.only();
        assert_eq!(mail.about["tls"], true);
        assert_eq!(mail.about["user"], USER);
    }
}

#[test]
fn server_without_starttls_gets_no_mail() {
    let postbox = Postbox::open();
    let channels = channels(&postbox.settings("encryption = \"starttls\""));
    let refusal = send(&channels, "email", &envelope()).unwrap_err();
    assert!(
        matches!(&refusal, SendError::Transient(detail) if detail.contains("email.encryption")),
        "{refusal:?}"
    );
    assert!(postbox.mails().is_empty());
}

#[test]
fn server_that_is_not_there_is_tried_again() {
    let postbox = Postbox::open();
    let channels = postbox.channels();
    drop(postbox);
    let refusal = send(&channels, "email", &envelope()).unwrap_err();
    assert_eq!(
        refusal,
        SendError::Transient("The mail server cannot be reached, or broke off.".to_owned())
    );
}

#[test]
fn message_goes_from_the_plugin_to_the_mailbox() {
    let postbox = Postbox::open();
    let world = office(postbox.channels());
    let ada = reader(&world.host, "Ada", "ada@example.com");
    let message = write(&world, &ada, "courses", "email");
    assert_eq!(message.state, MessageState::Sent);
    assert_eq!(message.channel.as_deref(), Some("email"));
    let mail = postbox.only();
    assert_eq!(mail.header("subject").unwrap(), "About courses");
    assert_eq!(mail.header("to").unwrap(), "Ada <ada@example.com>");
    assert!(
        mail.header("message-id")
            .unwrap()
            .starts_with(&format!("<{}@", message.id))
    );
    let unsubscribe = mail.header("list-unsubscribe").unwrap();
    assert!(
        unsubscribe.starts_with("<https://crm.example.com/my/"),
        "{unsubscribe}"
    );
    assert!(
        mail.text()
            .contains("Why you get this: you asked to hear of this")
    );
    assert!(mail.text().contains("https://crm.example.com/my/"));
}

#[test]
fn unknown_mailbox_is_suppressed_for_every_customer() {
    let postbox = Postbox::open();
    let world = office(postbox.channels());
    let ada = reader(&world.host, "Ada", "family@example.com");
    let ben = reader(&world.host, "Ben", "family@example.com");
    postbox.answer(
        "family@example.com",
        "rcpt",
        "550 5.1.1 <family@example.com> unknown",
    );
    let message = write(&world, &ada, "courses", "email");
    assert_eq!(message.state, MessageState::Bounced);
    let detail = message.detail.unwrap();
    assert!(
        detail.contains("550 5.1.1") && !detail.contains("family"),
        "{detail}"
    );
    // It would be taken now; nobody tries.
    postbox.forgive();
    for (customer, key) in [(&ada, "holidays"), (&ben, "courses")] {
        world.record_with(customer.id, "note", None, letter(key, "email"));
        let sent = world.messages(customer.id);
        assert!(
            sent.iter().all(|it| it.state != MessageState::Sent),
            "{sent:?}"
        );
    }
    assert!(postbox.mails().is_empty());
    let other = reader(&world.host, "Zoë", "zoe@example.com");
    assert_eq!(
        write(&world, &other, "courses", "email").state,
        MessageState::Sent
    );
}

#[test]
fn relay_refusal_bounces_without_suppressing_the_address() {
    let postbox = Postbox::open();
    let world = office(postbox.channels());
    let ada = reader(&world.host, "Ada", "ada@example.com");
    postbox.answer("ada@example.com", "rcpt", "554 5.7.1 Relay access denied");
    assert_eq!(
        write(&world, &ada, "courses", "email").state,
        MessageState::Bounced
    );
    postbox.forgive();
    assert_eq!(
        write(&world, &ada, "holidays", "email").state,
        MessageState::Sent
    );
}

#[test]
fn unconfirmed_mail_is_repeated_under_its_id() {
    let postbox = Postbox::open();
    let world = office(postbox.channels());
    let ada = reader(&world.host, "Ada", "ada@example.com");
    postbox.answer("ada@example.com", "data", "lose");
    let message = write(&world, &ada, "courses", "email");
    assert_eq!(message.state, MessageState::Queued);
    postbox.forgive();
    world.go_to(message.due_at.unwrap());
    assert_eq!(world.messages(ada.id)[0].state, MessageState::Sent);
    let [first, second] = &postbox.mails()[..] else {
        panic!()
    };
    assert_eq!(first.header("message-id"), second.header("message-id"));
}
