//! The words behind [`super::key_kind`] and [`super::is_private`]: data only.

use std::collections::HashSet;
use std::hash::{BuildHasher, Hasher};
use std::sync::OnceLock;

use super::KeyKind;

/// Short words from this program are hashed by the simplest means there are (Fowler, Noll and Vo).
#[derive(Clone, Copy, Debug)]
pub(super) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl BuildHasher for Fnv {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        Self::default()
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// Words with blanks between them: a set that reads as text.
#[derive(Debug)]
pub(super) struct Words {
    text: &'static str,
    set: OnceLock<HashSet<&'static str, Fnv>>,
}

impl Words {
    pub(super) const fn new(text: &'static str) -> Self {
        Self { text, set: OnceLock::new() }
    }

    pub(super) fn contains(&self, word: &str) -> bool {
        self.set.get_or_init(|| self.text.split(' ').filter(|word| !word.is_empty()).collect()).contains(word)
    }
}

/// Whole names, written together, that no rule covers; `None` marks look-alikes.
pub(super) const WHOLE: &[(&str, Option<KeyKind>)] = &[
    // Always the path of a file.
    ("googleapplicationcredentials", None),
    ("otp", Some(KeyKind::Mfa)),
    ("totp", Some(KeyKind::Mfa)),
    ("setcookie", Some(KeyKind::Session)),
    ("idrsa", Some(KeyKind::PrivateKey)),
    ("mnemonic", Some(KeyKind::Secret)),
    ("passkey", Some(KeyKind::Secret)),
    ("basicauth", Some(KeyKind::Secret)),
    ("httpauth", Some(KeyKind::Secret)),
    ("codeverifier", Some(KeyKind::Secret)),
    ("connectionstring", Some(KeyKind::Secret)),
    ("connstring", Some(KeyKind::Secret)),
    ("connstr", Some(KeyKind::Secret)),
    ("htpasswd", Some(KeyKind::PasswordHash)),
    ("passhash", Some(KeyKind::PasswordHash)),
    ("ntlmhash", Some(KeyKind::PasswordHash)),
    ("nthash", Some(KeyKind::PasswordHash)),
    ("secretstring", Some(KeyKind::Secret)),
    ("secretbinary", Some(KeyKind::Secret)),
    ("creditcard", Some(KeyKind::Card)),
    ("debitcard", Some(KeyKind::Card)),
    ("ccnum", Some(KeyKind::Card)),
    ("pinnumber", Some(KeyKind::Pin)),
    ("clave", Some(KeyKind::Password)),
    ("topsecret", None),
    ("clientrequesttoken", None),
    ("clienttoken", None),
    ("requesttoken", None),
    ("publictoken", None),
];

/// Words that mean a password in the languages of many code bases.
pub(super) static PASSWORD: Words = Words::new(
    "\
    password passwords passwd passwds pwd pwds pw psw pswd passwrd passphrase passphrases passcode passwort \
    kennwort contrasena contraseña senha wachtwoord motdepasse lozinka haslo hasło heslo parola losenord \
    lösenord adgangskode salasana sifre şifre пароль 密码 パスワード \
",
);

/// Whose `pass` it is when it is a password; a boarding pass, a render pass or a test pass is none.
pub(super) static OWNED_PASS: Words = Words::new(
    "\
    user db database admin root login mail email smtp imap ftp sftp ssh mysql postgres postgresql pg mongo \
    mongodb redis rabbitmq mqtt ldap wifi auth my account jwt proxy http basic sql neo4j elastic api new old \
    confirm default master secret key cert keystore client app gmail sender hashed encrypted \
",
);

/// Words that speak about a key and hold none of it, when they stand last.
pub(super) static ABOUT: Words = Words::new(
    "\
    address after age alg algo algorithm arn at attempts attribute aud audience auth backend balance bytes \
    callback cert certificate chain change changed char chars check checker class client cls column complexity \
    config context cost count counter created creation dao data date days decorator dir directory disabled \
    duration enabled encoder encoding endpoint enum env error errors event exception exists exp expiration \
    expire expired expires expiry factory failed failure field fields file filename filter flag flow form format \
    func function generated generation generator group guard handler hasher hashers header headers help hidden \
    hint history host hours icon id identifier ids in index info input invalid issued issuer kind label language \
    last4 last len length level lifetime limit link list location loader lock locked logs management manager map \
    mapping mask mechanism masked max message messages meta metadata method middleware min minutes mismatch mode model msg \
    name names needed note notes object obj option options owner page param params path pattern payload \
    permissions placeholder policies policy position prefix price prompt protected protection prevention \
    provider purpose quota ref reference regex region redacted request requests required requirement \
    requirements reset resource response result revoked role rotated rotation route router rule rules salt \
    schema scheme scope scopes screen script seconds sent serializer server service set setting settings size \
    source spec state status store strategy strength success suffix supply symbol table template test tests time \
    timeout timestamp title tree ttl type types updated update uri url usage used uses user username util utils \
    validation validator validators validity verified version view views visible warning window wrong year \
    subject enable less free four reuse tries visibility toggle button strip widget text_field \
",
);

/// Words at the end that only say which one, or in which writing.
pub(super) static QUALIFIERS: Words = Words::new(
    "\
    value val values string str text plain plaintext raw cleartext clear b64 base64 hex encrypted enc encoded \
    prod production dev development staging stage live sandbox local default temp tmp new old current previous \
    secondary backup confirmation confirm confirmed again repeat retype verify a b one two env here fallback \
    override \
",
);

/// First words that make the name an action or a flag.
pub(super) static VERBS: Words = Words::new(
    "\
    allow allowed ask authenticate bad can change check compare create decode decrypt delete did disable display \
    do empty enable encode extract fetch find forgot forgotten gen generate get handle has have hide include \
    incorrect invalid invalidate is issue list load lost make mask missing must need needs no obtain parse patch \
    post put read redact remove require required requires reset retrieve revoke rotate same save send set should \
    show skip strip store support supports toggle update use uses using valid validate verify was weak with \
    without wrong \
",
);

/// Words before `token` that make it a mark in a list, a unit of text, a guard against forged requests or a coin.
pub(super) static BENIGN_TOKEN: Words = Words::new(
    "\
    next input output lifecycle grant page paging pagination continuation continue cursor idempotency sync \
    starting start resume prev previous marker csrf xsrf csrfmiddleware max min total num eos bos pad unk sep \
    cls mask special stop end nft erc20 erc721 design fungible lexer word vocab per cost change delimiter \
    separator style authenticity antiforgery forgery pagetoken nexttoken first last evaluated syntax scan \
",
);

/// Words before `key` that make it a place in a table, a cache or a picture.
pub(super) static BENIGN_KEY: Words = Words::new(
    "\
    public publishable pub anon primary partition sort foreign s3 kms result limit cache idempotency host unique object dedup \
    deduplication storage row hash range index map dict lookup composite registry routing cluster sharding shard \
    group merge i18n translation locale message event state react query redux route resource tag label metric \
    attribute property field column record entity document widget element node item layer scene asset image icon \
    issue project sitekey site captcha recaptcha csrf xsrf request correlation pixel tracking measurement \
    analytics write_key hot short press parent child etag blob file path signature fingerprint integrity known \
",
);

/// Words before `tokens` that make them credentials; bare tokens may be text or coins.
pub(super) static TOKENS_OF: Words = Words::new(
    "\
    access refresh auth api session device push fcm reset bearer oauth jwt login service bot \
",
);

/// Words before `secret` that make it no key.
pub(super) static NOT_SECRET: Words = Words::new(
    "\
    top trade dirty is k8s kubernetes \
",
);

/// Words before `pin` that make it a contact, a mark on a map or a pinned post.
pub(super) static NOT_PIN: Words = Words::new(
    "\
    gpio led output input button map drop is location analog digital data clock trigger echo relay sensor push \
    bowling rolling rst cs dc tx rx \
",
);

/// Words directly before `key` that make it an API key.
pub(super) static API_OWNERS: Words = Words::new(
    "\
    api access auth authentication authorization app application consumer account server service role \
    subscription functions ingest ingestion integration write admin client developer dev webhook bot user_api \
    rest \
",
);

/// Words directly before `key` that make it a secret of a cipher, signature or licence.
pub(super) static SECRET_KEY_OF: Words = Words::new(
    "\
    signing sign encryption encrypt decryption crypto cipher master jwt hmac aes fernet shared license licence \
    activation security recovery root rsa des symmetric wep wpa wpa2 psk tls ssl wallet \
",
);

/// Words behind `token`, `secret` and `key` that say whose it is.
pub(super) static CREDENTIAL_OWNERS: Words = Words::new(
    "\
    admin root db database smtp mail bot main github api \
",
);

/// Vendors whose name before or behind `key` makes it an API key.
pub(super) static VENDORS: Words = Words::new(
    "\
    ai21 airtable alchemy algolia alphavantage amplitude anthropic anyscale apollo asana assemblyai aws azure \
    binance bing bitbucket bugsnag cerebras claude clerk cloudflare cloudinary cohere coinbase coinmarketcap \
    contentful datadog deepgram deepl deepseek digitalocean discord dropbox elastic elasticsearch elevenlabs \
    etherscan exa facebook fal fastly fcm figma finnhub firebase firecrawl fireworks gcp gemini geocoding giphy \
    gitea github gitlab gmaps google gpt grafana groq grok heroku honeycomb hubspot huggingface infura intercom \
    ipinfo ipstack jina kraken langchain langfuse langsmith launchdarkly linear linode llama llm loggly \
    mailchimp mailgun mailjet mandrill maps mapbox meilisearch mistral mixpanel mongodb netlify newrelic newsapi \
    notion npm nvidia okta omdb openai openrouter openweather openweathermap opsgenie owm pagerduty paypal \
    perplexity pinecone plaid polygon postmark posthog pusher pypi qdrant rapidapi razorpay replicate resend \
    segment sendgrid sendinblue brevo sentry serpapi serper shodan shopify slack snyk sonar spotify square \
    stability stripe supabase tavily telegram tmdb together trello twilio twitter vercel virustotal voyage vultr \
    wandb weather weatherapi weaviate xai youtube zendesk zhipu \
",
);

/// Words that make a name personal or internal, wherever they stand.
pub(super) static PRIVATE: Words = Words::new(
    "\
    email emails phone telephone mobile msisdn fax address addresses street zipcode postcode pincode zip ssn \
    passport birthday birthdate birth dob gender ethnicity religion nationality salary income wage iban bic \
    swift role roles admin permission permissions privilege privileges superuser ip latitude longitude \
    geolocation surname internal diagnosis prescription medical biometric biometrics fingerprint aadhaar aadhar \
    cpf nin tin disability maiden firstname lastname fullname staff credential \
",
);

/// Two words in a row that do.
pub(super) const PRIVATE_PAIRS: &[(&str, &str)] = &[
    ("first", "name"),
    ("last", "name"),
    ("full", "name"),
    ("given", "name"),
    ("family", "name"),
    ("middle", "name"),
    ("real", "name"),
    ("legal", "name"),
    ("social", "security"),
    ("national", "id"),
    ("tax", "id"),
    ("driver", "license"),
    ("drivers", "license"),
    ("driving", "licence"),
    ("bank", "account"),
    ("account", "number"),
    ("routing", "number"),
    ("sort", "code"),
    ("postal", "code"),
    ("zip", "code"),
    ("pin", "code"),
    ("credit", "score"),
    ("credit", "limit"),
    ("card", "holder"),
    ("card", "expiry"),
    ("card", "exp"),
    ("card", "last4"),
    ("user", "agent"),
    ("blood", "type"),
    ("health", "record"),
    ("emergency", "contact"),
    ("internal", "notes"),
    ("internal", "note"),
    ("admin", "notes"),
    ("admin", "note"),
    ("private", "notes"),
    ("private", "note"),
    ("staff", "notes"),
    ("security", "question"),
    ("secret", "question"),
    ("password", "hint"),
    ("credit", "card"),
    ("debit", "card"),
    ("is", "admin"),
    ("marital", "status"),
    ("access", "level"),
    ("home", "town"),
    ("mac", "address"),
    ("face", "id"),
];
