"""A mail server for the tests: aiosmtpd, which keeps every mail as a file and can be told to fail.

The only argument is a JSON object:

    folder      where mails go: 0001.eml as it came, 0001.json with who wrote to whom and how
    encryption  "none", "starttls" or "tls"
    certificate, key    PEM files, where there is encryption
    user, password      asked for where they are given

`answers.json` in the folder is read for every recipient: {"ada@example.com": {"rcpt": "550 5.1.1 no"}}. The keys
"mail", "rcpt" and "data" give the answer at that place; in place of one, "stall" gives none, "close" ends the
connection, and "lose" keeps the mail and then ends the connection.

It prints its port, and ends with its standard input.
"""

import asyncio
import json
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

SETTINGS = json.loads(sys.argv[1])
FOLDER = SETTINGS["folder"]


def answers(address):
    try:
        with open(os.path.join(FOLDER, "answers.json")) as file:
            return json.load(file).get(address, {})
    except FileNotFoundError:
        return {}


async def answer(server, what):
    if what == "stall":
        await asyncio.Event().wait()
    if what in ("close", "lose"):
        server.transport.abort()
        await asyncio.Event().wait()
    return what


class Handler:
    kept = 0

    async def handle_MAIL(self, server, session, envelope, address, options):
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return await answer(server, answers(address).get("mail", "250 2.1.0 go on"))

    async def handle_RCPT(self, server, session, envelope, address, options):
        said = answers(address).get("rcpt")
        if said is None:
            envelope.rcpt_tos.append(address)
        return await answer(server, said or "250 2.1.5 go on")

    async def handle_DATA(self, server, session, envelope):
        said = answers(envelope.rcpt_tos[0]).get("data", "250 2.0.0 taken")
        if said.startswith("2") or said == "lose":
            self.keep(session, envelope)
        return await answer(server, said)

    def keep(self, session, envelope):
        Handler.kept += 1
        path = os.path.join(FOLDER, f"{Handler.kept:04}")
        about = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "options": envelope.mail_options,
            "tls": session.ssl is not None or SETTINGS["encryption"] == "tls",
            "user": session.auth_data,
            "peer": session.peer[1],
        }
        with open(path + ".json", "w") as file:
            json.dump(about, file)
        # Whoever sees the mail sees all of it.
        with open(path + ".part", "wb") as file:
            file.write(envelope.original_content)
        os.rename(path + ".part", path + ".eml")


def authenticate(server, session, envelope, mechanism, login):
    right = login.login.decode() == SETTINGS["user"] and login.password.decode() == SETTINGS["password"]
    # Not handled: the answer to a wrong password is left to aiosmtpd.
    return AuthResult(success=right, handled=False, auth_data=SETTINGS["user"] if right else None)


async def main():
    loop = asyncio.get_running_loop()
    encryption, context = SETTINGS["encryption"], None
    if encryption != "none":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(SETTINGS["certificate"], SETTINGS["key"])
    handler = Handler()

    def smtp():
        return SMTP(
            handler,
            hostname="mail.test",
            ident="test",
            loop=loop,
            enable_SMTPUTF8=SETTINGS.get("utf8", True),
            tls_context=context if encryption == "starttls" else None,
            require_starttls=encryption == "starttls",
            auth_required="user" in SETTINGS,
            auth_require_tls=encryption == "starttls",
            authenticator=authenticate if "user" in SETTINGS else None,
        )

    server = await loop.create_server(
        smtp, "127.0.0.1", 0, ssl=context if encryption == "tls" else None
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    os._exit(0)


asyncio.run(main())
