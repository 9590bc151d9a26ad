"""Every setting of the project, with its reason. Set another for one run with `-s NAME=VALUE`.

What a replay (`-a replay=`) changes is in `crawler.archive.replay.REPLAY_SETTINGS`.
"""

from __future__ import annotations

from importlib.metadata import version

BOT_NAME = "readouts"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"
COMMANDS_MODULE = "crawler.commands"

# --- What a run writes

# Everything goes under this directory: articles/, copies/, revisions/, states/, archive/, ledger.db and the run
# reports.
OUTPUT_DIR = "output"

ITEM_PIPELINES = {
    "pipelines.normalise.NormalisePipeline": 100,
    "pipelines.deduplicate.DeduplicatePipeline": 200,
    "pipelines.record.RecordPipeline": 300,
}
# An item waits for nothing, so items side by side only cost the bookkeeping: one at a time measured faster.
CONCURRENT_ITEMS = 1

EXTENSIONS = {
    # Before the report, so that the bar is gone when the summary is printed.
    "crawler.extensions.progress.Progress": 100,
    # Before the report, which tells of what they found.
    "crawler.extensions.mass_removal.MassRemoval": 150,
    "crawler.extensions.wall.Wall": 160,
    "crawler.extensions.run_report.RunReport": 200,
    # After the report, which it tells of.
    "crawler.extensions.notify.Notify": 300,
}

# Texts that are nearly the same as another, or cut down from it: `separate` writes them to copies/, `link` to
# articles/, both with the document they are a copy of; `off` does not look for them.
NEAR_DUPLICATES = "separate"
# A batch of lines is one commit, and one sync: each costs many times an item's way through the pipelines. Other runs
# on the same output directory wait while a batch is open, so it is short.
RECORD_BATCH_SIZE = 100
RECORD_BATCH_SECONDS = 0.5
# How long to wait for another run's batch.
LEDGER_TIMEOUT_SECONDS = 60

# --- The archive

# Every response goes to archive/SOURCE/*.warc.gz as it came; `off` keeps none. Without it articles cite no capture, and
# a page is asked for whole each time it is visited again.
ARCHIVE = "on"
# Where a WARC file ends and the next begins: the field's usual gigabyte.
ARCHIVE_FILE_BYTES = 1_000_000_000

# --- Web archives

# With `-a via=` a page is fetched as an archive has it: the first and the last capture of each distinct text, at most
# so many of one document, evenly over the years. Digests are of the whole page, so that a new menu looks like a new
# text: of a page that was captured a hundred times, four tell nearly all.
CAPTURES_PER_DOCUMENT = 4
# What an archive has told of its captures is kept in discoveries/ and asked again after so many days. Archives take in
# new captures all the time, but few of pages that are years old.
DISCOVERY_DAYS = 7.0

# --- A replay

# Processes that read the pages of a large archive before their turn comes: 0 for as many as there are cores, 1 for
# none beside the crawl's own. The output is the same.
REPLAY_PROCESSES = 0

# --- What is visited again

# Changes come soon after publication or hardly ever, so the pauses between visits to a document grow: a day, three, a
# week, a month, a quarter, and a quarter from then on. A pause is longer or shorter by up to a fifth, so that what was
# published together is not asked for together.
RECHECK_INTERVALS_DAYS = [1, 3, 7, 30, 91]
RECHECK_JITTER = 0.2
# How many known documents a run may visit again: at three seconds each, five minutes. 0 visits none; `-a recheck=`
# says otherwise for one run.
RECHECK_BUDGET = 100
# A run stops where a listing shows nothing new. Once in so many days it walks each section to its end instead: what was
# taken out of the middle, to be seen the next day, is looked for there.
LISTING_WALK_DAYS = 1.0
# One visit that finds nothing may have met a moment of trouble: a document is gone when another, so many days later,
# finds nothing either.
REMOVAL_CONFIRMED_AFTER_DAYS = 1.0
# Sites take single pages down now and then; so many documents missing at once in a run are news (and exit code 3).
MASS_REMOVAL_DOCUMENTS = 5

# --- Who is told

# Where to tell that a source is degraded, blocked, failed, or well again: URLs as apprise writes them, for mail, Slack,
# Telegram, webhooks … (`pip install 'readouts[notify]'`). The environment variable READOUTS_NOTIFY says it too.
NOTIFY_URLS = ""
# A run waits so long for its channels, and no longer.
NOTIFY_TIMEOUT_SECONDS = 30.0

# --- Who we are

# robots.txt files and administrators need a name to address.
USER_AGENT = f"Readouts/{version('readouts')} (news record for research; obeys robots.txt)"
ROBOTSTXT_USER_AGENT = "Readouts"
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    # Both languages are wanted; which edition a page is of, its URL says.
    "Accept-Language": "en,zh;q=0.9",
}

# --- Politeness

ROBOTSTXT_OBEY = True
# The Ministry's robots.txt is an HTML page: no rules.
ROBOTSTXT_PARSER = "crawler.downloading.robots.RobotsRules"

# One request at a time per host, and seconds between them: a listing of 13 pages and its 520 articles takes half an
# hour, and there is no hurry. The pause varies by half, so that two runs do not fall into step.
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 3.0
DOWNLOAD_DELAY_JITTER = 0.5
# Hosts side by side: each mission is a host of its own.
CONCURRENT_REQUESTS = 16

# A host that answers 429 or 503, or not at all, gets the pause it asks for (Retry-After), at least this one, doubled
# each time. The cap keeps a Retry-After of a day from holding a run open for a day.
BACKOFF_ENABLED = True
BACKOFF_HTTP_CODES = [429, 503]
BACKOFF_SECONDS = 30.0
BACKOFF_MAX_SECONDS = 900.0

# Each full run is judged by its source's health rules (exit code 3). `off` is for what they do not fit: a short listing
# picked with `-a section=URL`, a rehearsal on a few pages.
HEALTH = "on"
# A site that refuses so many pages in a row is left alone for this run (exit code 4).
WALL_REFUSALS = 5

# With the pauses above, a host that fails four times in a row has had minutes to recover; the rest is for the next run.
RETRY_TIMES = 3
# The run report names each URL given up; a log line of level ERROR would say it twice.
RETRY_GIVE_UP_LOG_LEVEL = "INFO"

# --- Whom we talk to

ADDONS = {"crawler.downloading.connect_to.ConnectToAddon": 100}
# `-s CONNECT_TO=127.0.0.1:8080` rehearses a live crawl against a server on this machine; loopback addresses only.
CONNECT_TO = ""

# Only web servers: a redirect or a link to file:, ftp:, data: or s3: has no handler, should it pass the guard.
DOWNLOAD_HANDLERS = {"data": None, "file": None, "ftp": None, "s3": None}
# Names that resolve to private addresses are refused when they are met, and again when the connection is made.
RESOLVED_ADDRESS_CHECK = True
TWISTED_DNS_RESOLVER = "crawler.downloading.address_guard.PublicResolver"
DNS_TIMEOUT = 20
# The record is worth what its capture is worth: know who answered.
DOWNLOAD_VERIFY_CERTIFICATES = True
# A proxy of the environment would resolve names out of the guard's sight.
HTTPPROXY_ENABLED = False
# The pages need no session, and one would mix the captures of different pages.
COOKIES_ENABLED = False

DOWNLOADER_MIDDLEWARES = {
    # First of all, so that not even the robots.txt of a foreign host is asked for. It replaces Scrapy's own, which lets
    # requests with `dont_filter` pass and knows nothing of addresses.
    "crawler.downloading.address_guard.AddressGuardMiddleware": 50,
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "crawler.downloading.robots.RobotsMiddleware": 100,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    # Nearer to the network than the retries, so that the pause is set before the request returns to its queue.
    "crawler.downloading.backoff.BackoffMiddleware": 560,
    # It reads what the archive of the run has kept of a web archive's answer.
    "crawler.downloading.web_archive.WebArchiveMiddleware": 980,
    # Nearest to the network, so that it sees each hop of a redirect, each retry and each robots.txt, as they came.
    "crawler.archive.capture.ArchiveMiddleware": 990,
    # Not in use: no source asks for a password.
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
}

SPIDER_MIDDLEWARES = {
    # The spider names what a status means; here the response would be dropped.
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,
    # Not in use: links are not followed by depth, and sources know their own URLs.
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
}

# A listing's URL is none of an article's business; Scrapy's redirects want the middleware to be there.
REFERRER_POLICY = "no-referrer"

# First asked, first read: articles come in the order of their listing, and lines in that order too.
SCHEDULER_MEMORY_QUEUE = "scrapy.squeues.FifoMemoryQueue"

# Callbacks here return nothing beside what they yield: the type checker sees to it. Scrapy would look it up in the
# source again for each response, which costs an eighth of a replay.
WARN_ON_GENERATOR_RETURN_VALUE = False

# --- Limits

# A page of these sites has some 100 kB. The limit holds for the unpacked body too.
DOWNLOAD_MAXSIZE = 16 * 1024 * 1024
DOWNLOAD_WARNSIZE = 4 * 1024 * 1024
DOWNLOAD_TIMEOUT = 60
# http to https, bare host to www, old path to new; one embassy's robots.txt redirects for ever.
REDIRECT_MAX_TIMES = 5
# A removed page that sends its reader on by <meta http-equiv="refresh"> is to be seen as what it is.
METAREFRESH_ENABLED = False

# --- Doors closed

# On by default since Scrapy 2.19: executes code sent to a local port.
REMOTE_CONTROL_ENABLED = False
TELNETCONSOLE_ENABLED = False

# --- What is said

LOG_LEVEL = "INFO"
# The run report says it, in order.
STATS_DUMP = False
LOGSTATS_INTERVAL = 60.0
