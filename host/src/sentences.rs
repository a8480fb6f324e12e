//! Sentences that customers read, on the pages of the portal and in the footer of mails. Sentences for staff are in
//! `rules/reasons.rs` of the store.
//!
//! Each sentence is defined here once, as a function named by its key. Keys are stable: they become the names of
//! translatable phrases. Arguments are plain text; callers escape them.

use std::fmt::Display;

/// Defines one function for each sentence. A sentence with arguments returns a `String`.
macro_rules! sentences {
    ($($key:ident $(($($argument:ident),+))? = $text:literal;)*) => {
        $(sentences! { @one $key [$($($argument),+)?] $text })*
    };
    (@one $key:ident [] $text:literal) => {
        pub const fn $key() -> &'static str {
            $text
        }
    };
    (@one $key:ident [$($argument:ident),+] $text:literal) => {
        pub fn $key($($argument: impl Display),+) -> String {
            format!($text, $($argument = $argument),+)
        }
    };
}

// Every page.
sentences! {
    page_skip_to_content = "Skip to the content";
    page_promise = "This page sets no cookies and runs no scripts. It is meant for one person alone.";
    page_sections = "On this page";
}

// Pages without access to a portal.
sentences! {
    link_unknown_title = "This link opens nothing";
    link_unknown = "Perhaps a part of it got lost on the way. Try to open it from the message once more.";
    link_expired_title = "This link has had its time";
    link_expired = "Links to your page end after a while, to keep others out.";
    link_new = "You get a new link with every message from us, and from our staff whenever you ask for one.";
    too_many_requests_title = "A little slower, please";
    too_many_requests = "That was a lot at once. Wait a moment, then try again. Nothing was changed.";
    failed_title = "That did not work";
    failed = "Something went wrong on our side. Load the page again to see how things are, and try once more in a while.";
    form_incomplete_title = "That did not arrive";
    form_incomplete = "What you sent did not arrive whole. Nothing was changed: please try again.";
    form_unreadable_title = "That could not be read";
    form_unreadable = "This takes what its own form sends. Nothing was changed.";
    form_errors_title = "Nothing was changed yet";
}

// The top of the portal and its sections.
sentences! {
    hello = "Hello";
    hello_name(name) = "Hello, {name}";
    intro = "This is your page. You decide here how much you hear from us, and you see all that we keep about you. Whoever has the link to this page can open it: keep it to yourself.";
    nav_level = "How much";
    nav_pause = "Take a break";
    nav_topics = "About what";
    nav_channels = "How";
    nav_consents = "What you agreed to";
    nav_messages = "What we sent";
    nav_plugin_data = "What we make of it";
    nav_data = "What we keep";
    nav_download = "Download";
    nav_erase = "Erase";
    saved_level = "Saved. That is how much you hear from us from now on.";
    saved_pause = "Saved. We are silent as long as you said.";
    saved_resumed = "Saved. The break is over.";
    saved_topics = "Saved. These are your topics.";
    saved_channels = "Saved. We reach you only in these ways.";
    saved_consents = "Saved. We write only about what you agreed to.";
}

// Level.
sentences! {
    level_title = "How much you want to hear from us";
    level_choose = "Choose what suits you";
    level_hint = "You can change it whenever you like. If you choose less than before, what waits to be sent to you is cancelled at once.";
    level_save = "Save how much";
    level_missing = "Choose how much you want to hear from us";
    level_low = "Only what I need";
    level_medium = "Now and then";
    level_high = "Whatever may interest me";
    level_service_only = "Messages about what you asked for, booked or bought, and nothing else.";
    level_limit(purposes, messages, period) = "Also {purposes}. {messages} in {period} at the most.";
    level_no_purposes = "nothing more";
    messages_one = "1 message";
    messages_many(count) = "{count} messages";
    period_day = "a day";
    period_days(count) = "{count} days";
}

// Pause.
sentences! {
    pause_title = "Take a break";
    pause_until(moment) = "We are silent until {moment}, but for what you asked for, booked or bought.";
    pause_end = "End the break now";
    pause_change = "Make it longer or shorter";
    pause_choose = "How long shall we be silent?";
    pause_week = "For a week";
    pause_month = "For a month";
    pause_quarter = "For three months";
    pause_date = "Until the day below";
    pause_date_label = "Day on which we may write again";
    pause_date_hint = "Only needed with “Until the day below”.";
    pause_save = "Take a break";
    pause_missing = "Choose how long we shall be silent";
    pause_date_missing = "Give the day on which the break ends, such as 2030-05-12";
    pause_date_past = "The break must end after today";
    pause_date_far = "Choose a day within the next five years";
    pause_date_unknown = "This calendar has no such day";
}

// Topics and channels.
sentences! {
    topics_title = "What you want to hear about";
    topics_known = "Your topics";
    topics_add = "Add a topic";
    topics_hint = "Several with a comma between them.";
    topics_save = "Save topics";
    topics_too_many = "Choose a hundred topics at the most, none longer than 64 characters";
    channels_title = "How we may reach you";
    channels_choose = "Ways you are fine with";
    channels_hint = "If you tick none, we send you nothing.";
    channels_save = "Save ways";
    channels_gone = "One of these ways is not there any more: please choose again";
    channel_desk = "In person, the next time you are here";
    channel_email = "By email";
    channel_log = "As a trial, without reaching you";
    channel_email_through(channel) = "By email, through {channel}";
    channel_phone_through(channel) = "On your phone, through {channel}";
    channel_through(channel) = "Through {channel}";
}

// Consents.
sentences! {
    consents_title = "What you agreed to";
    consents_intro = "We write only about what you tick here. What you never told us counts as no.";
    consents_email = "By email";
    consents_phone = "On your phone";
    consents_unknown = "You have not told us yet.";
    consents_save = "Save what I agree to";
    purpose_service = "What you asked for, booked or bought";
    purpose_care = "A kind word: to see how you are, or to congratulate you";
    purpose_education = "Tips, and things worth knowing";
    purpose_community = "What goes on here, and whom you could meet";
    purpose_offer = "Offers";
    purpose_survey = "Questions about how we are doing";
    purpose_service_short = "what you asked for";
    purpose_care_short = "a kind word";
    purpose_education_short = "tips";
    purpose_community_short = "what goes on here";
    purpose_offer_short = "offers";
    purpose_survey_short = "questions about how we are doing";
}

// Messages and their reasons.
sentences! {
    messages_title = "What we sent you, and why";
    messages_waiting = "Waiting to be sent";
    messages_before = "Before";
    messages_none = "Nothing yet.";
    messages_earlier = "Earlier messages";
    message_purpose = "What for";
    message_topic = "Topic";
    message_value = "What is in it for you";
    message_plugin = "Whose idea";
    message_body = "What it says";
    reason = "Why";
    evidence = "It rests on";
    evidence_more(listed, count) = "{listed}; and {count} more";
    evidence_item(day, kind) = "{day}, {kind}";
    message_waits = "Waits";
    message_waits_until(moment) = "Waits until {moment}";
    message_sending = "Is being sent";
    message_sent(channel) = "Sent {channel}";
    message_sent_on(channel, moment) = "Sent {channel} on {moment}";
    message_bounced(channel) = "Sent {channel}, and came back";
    message_failed = "Could not be sent";
    message_expired = "Not sent: its time was over";
    message_cancelled = "Not sent: you, or somebody for you, wanted less";
    message_denied = "Not sent: it was not what you chose";
    message_held_out = "Not sent, to see whether it would have mattered";
    sent_desk = "in person";
    sent_email = "by email";
    sent_through(channel) = "through {channel}";
}

// Data of plugins.
sentences! {
    plugin_data_title = "What we make of it";
    plugin_data_intro = "Small programs look at what we keep about you and suggest to our staff what might be good for you. They see no more than they need, and nothing goes out that you did not choose.";
    plugin_data_none = "So far they made nothing of it.";
    suggestions_title = "Suggestions to our staff";
    suggestion_question = "A question to ask you";
    tags_title = "Labels on your record";
    memory_title(plugin) = "What “{plugin}” remembers";
}

// Stored data.
sentences! {
    data_title = "What we keep about you";
    profile_name = "Name";
    profile_given_name = "We call you";
    profile_birthday = "Birthday";
    profile_language = "Language";
    profile_time_zone = "Time zone";
    profile_since = "With us since";
    points_title = "Where we reach or recognise you";
    points_hint = "Something is wrong? Tell us, and we put it right.";
    point_email = "Email address";
    point_phone = "Telephone number";
    point_external = "Number or card";
    point_unsubscribed = "We send nothing here any more: you unsubscribed. Tell us if you want that to change.";
    point_suppressed = "We send nothing here any more, as was asked. Tell us if you want that to change.";
    point_bounced = "What we sent here came back.";
    history_title = "What happened";
    history_none = "Nothing yet.";
    history_more(link) = "{link}, or everything in the download below.";
    history_earlier = "Earlier";
    text_cut = "The whole text is in the download.";
}

// Kinds of interactions.
sentences! {
    happened_visit = "You were here";
    happened_purchase = "You bought something";
    happened_feedback = "You told us what you think";
    happened_complaint = "You complained";
    happened_call_inbound = "You called us";
    happened_call_outbound = "We called you";
    happened_message_inbound = "You wrote to us";
    happened_message_outbound = "We wrote to you";
    happened_meeting = "We met";
    happened_note_inbound = "You told us";
    happened_note = "We made a note";
    happened_booking = "You booked";
    happened_membership = "Your membership";
    happened_payment = "You paid";
    happened_measurement = "A measurement";
    happened_other_inbound(kind) = "From you: {kind}";
    happened_other_outbound(kind) = "From us: {kind}";
    happened_other_internal(kind) = "We noted: {kind}";
}

// Download and erasure.
sentences! {
    download_title = "Take it with you";
    download_intro = "All that we keep about you in one file for programs (JSON), or your contact details for an address book (vCard).";
    download_everything = "Download everything";
    download_card = "Download contact card";
    erase_title = "Erase everything";
    erase_intro = "You can have everything about you erased. We ask once more before it happens.";
    erase_open = "Erase everything about me …";
    erase_ask_title = "Erase everything about you?";
    erase_not_sure_title = "Not erased: tick the box first";
    erase_consequence = "If you go on, we erase your name, your contact points, what you told us and what we noted about you. This cannot be undone, not even by us.";
    erase_remains = "What waits to be sent to you is cancelled. We keep one thing: a scrambled mark of the addresses and numbers that are yours alone, which nobody can read back, so that nothing is sent there again. And we go on counting that something happened, without you in it. Copies that we keep for emergencies hold your data until we throw them away.";
    erase_download_first(link) = "Perhaps you want to take your data with you first: {link}.";
    erase_download_link = "download it";
    erase_sure = "Yes, erase everything about me";
    erase_not_sure = "Tick the box if you want everything erased";
    erase_confirm = "Erase for good";
    erase_back = "No, go back";
    erased_title = "Everything about you is erased";
    erased = "There is nothing here about you any more, and nothing will be sent to you.";
    erased_thanks = "Thank you for the time you were with us. You are welcome whenever you like.";
}

// Unsubscription.
sentences! {
    unsubscribe_title = "Do you want to unsubscribe?";
    unsubscribe_intro = "Press the button, and we send nothing to this address any more, whatever it is about.";
    unsubscribe_confirm = "Unsubscribe";
    unsubscribe_invalid_title = "Nothing was changed";
    unsubscribe_invalid = "To unsubscribe, open the link in your message and press the button there.";
    unsubscribed_title = "You are unsubscribed";
    unsubscribed = "We send nothing to this address any more. What waited to be sent is cancelled.";
    unsubscribed_undo = "If that was a mistake, tell us: we can undo it when you ask for it.";
}

// Values, lists and dates. Dates are formats of `strftime`.
sentences! {
    yes = "yes";
    no = "no";
    nothing = "nothing";
    list_end(items, last) = "{items} and {last}";
    date_moment = "%-d %B %Y at %H:%M";
    date_day = "%-d %B %Y";
    date_day_without_year = "%-d %B";
}

// The footer of mails.
sentences! {
    footer_reason = "Why you get this:";
    footer_portal = "Choose what you hear from us and how often, see what we keep about you, or stop all messages:";
    footer_answer = "To hear less from us, or nothing more, answer this message and say so.";
}
