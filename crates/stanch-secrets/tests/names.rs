//! Names that mean a key, and names that look like it.

use stanch_secrets::names::{KeyKind, UserNames, is_private, key_kind};

#[test]
fn names_of_keys() {
    use KeyKind::{ApiKey, Card, KeyHash, Mfa, Password, PasswordHash, Pin, PrivateKey, Secret, Session, Token};
    let table: &[(KeyKind, &str)] = &[
        (
            ApiKey,
            "api_key apiKey ApiKey APIKey API_KEY X-API-Key x-api-key xApiKey apikey APIKEY Apikey api.key user_api_key userApiKey API-KEY \
                  api_keys apiKeys access_key accessKey AWS_ACCESS_KEY_ID aws_access_key_id AccessKeyId accesskeyid auth_key authkey authKey \
                  openai_api_key OPENAI_API_KEY OPENAI_KEY openai_key stripe_key api_key_prod api_key_1 apiKey2 api_key_value stripeApiKey openapikey \
                  app_key consumer_key account_key service_role_key subscription_key Ocp-Apim-Subscription-Key weather_api_key api_key_openai \
                  GOOGLE_MAPS_KEY sendgrid_key server_key access_key_id x_functions_key X-Rapidapi-Key integration_key ACCESS_KEY access_keys",
        ),
        (
            Token,
            "token Token access_token accessToken accesstoken refresh_token id_token idToken auth_token authToken X-Auth-Token bearer_token \
                 bot_token BOT_TOKEN session_token aws_session_token AWS_SESSION_TOKEN X-Amz-Security-Token reset_token password_reset_token \
                 resetPasswordToken verification_token jwt jwt_token JWTToken userToken device_token fcm_token GITHUB_TOKEN GH_TOKEN token_value \
                 Authorization authorization Proxy-Authorization X-Authorization oauth_token OAuthToken oauth2_token api_token apitoken access_tokens \
                 auth_code authorization_code invite_token slackToken sas_token user_token2 token_github magic_token reset_code bearer",
        ),
        (
            Password,
            "password Password PASSWORD passwd pwd userPassword user_password password2 db_password DB_PASSWORD dbpassword mqttpassword \
                    passWord pass_word passphrase passPhrase pass DB_PASS userpass user_pass smtp_pass new_password old_password confirm_password \
                    password_confirmation passwordConfirm password_repeat current_password db_pw pw root_password MYSQL_ROOT_PASSWORD PGPASSWORD \
                    passcode adminPassword admin_pwd contraseña senha passwort motdepasse temp_password temporaryPassword wifi_password \
                    password_plain password_admin keystore_password MAIL_PASSWORD redis_password password_encrypted",
        ),
        (
            PasswordHash,
            "password_hash passwordHash PasswordHash hashed_password hashedPassword pwd_hash pw_hash hashed_pw passwd_hash \
                        password_digest passwordhash hashedpassword pass_hash user_password_hash password_bcrypt bcrypt_password",
        ),
        (KeyHash, "api_key_hash apiKeyHash token_hash hashed_api_key refresh_token_hash hashed_token"),
        (
            Secret,
            "secret Secret client_secret clientSecret CLIENT_SECRET clientsecret secret_key SECRET_KEY secretKey secretkey SECRET \
                  aws_secret_access_key AWS_SECRET_ACCESS_KEY SecretAccessKey secret_access_key ACCESS_SECRET_KEY app_secret jwt_secret JWT_SECRET_KEY JWTSecret webhook_secret \
                  shared_secret signing_secret encryption_key signing_key master_key ENCRYPTION_KEY hmac_key secrets credentials creds user_credentials \
                  consumer_secret access_token_secret connection_string ConnectionString security_answer seed_phrase mnemonic license_key \
                  SecretString flask_secret_key secret_code password_salt AWS_SECRET_KEY WTF_CSRF_SECRET_KEY vault_secret_id access_key_secret basic_auth",
        ),
        (
            PrivateKey,
            "private_key privateKey PRIVATE_KEY privatekey ssh_private_key rsa_private_key priv_key wallet_private_key private_key_pem id_rsa",
        ),
        (Session, "sessionid JSESSIONID PHPSESSID session_key session_cookie Cookie Set-Cookie"),
        (Pin, "pin PIN user_pin card_pin userPin pin_number transaction_pin security_pin"),
        (
            Mfa,
            "mfa_secret mfaSecret MFASecret totp_secret otp_secret otp OTP otp_code two_factor_secret twoFactorSecret 2fa_secret mfa_code \
               backup_codes recovery_codes verification_code totp one_time_password totp_seed otpSecret sms_code",
        ),
        (
            Card,
            "card_number cardNumber credit_card_number cc_number credit_card creditCard cvv cvc card_cvv debit_card_number card_no ccnumber",
        ),
    ];
    let wrong: Vec<_> = table
        .iter()
        .flat_map(|(kind, names)| names.split_whitespace().map(|name| (name, *kind, key_kind(name))))
        .filter(|(_, kind, found)| Some(*kind) != *found)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn names_that_look_alike() {
    let names = "primary_key primaryKey PrimaryKey key Key keys key_schema KeySchema keyword keywords keyWord partition_key PartitionKey sort_key sortKey hash_key HashKey \
        range_key foreign_key cache_key s3_key object_key ObjectKey idempotency_key dedup_key lookup_key row_key user_key item_key key_id keyId \
        kms_key_id KMSMasterKeyId key_pair_name key_name key_type key_prefix public_key publicKey publishable_key STRIPE_PUBLISHABLE_KEY ssh_public_key pub_key site_key recaptcha_site_key routing_key \
        answer_key hotkey monkey turkey keyboard keystroke keystore keyspace key_condition KeyConditionExpression ExclusiveStartKey LastEvaluatedKey \
        last_evaluated_key start_key exclusive_start_key translation_key storage_key registry_key project_key issue_key \
        tokenize tokenizer tokenization token_type tokenType token_count tokens max_tokens maxTokens total_tokens prompt_tokens completion_tokens num_tokens \
        next_token nextToken NextToken next_page_token nextPageToken page_token pageToken continuation_token ContinuationToken StartingToken sync_token cursor_token \
        ClientRequestToken csrf_token csrfToken X-CSRF-Token X-XSRF-TOKEN csrfmiddlewaretoken eos_token pad_token token_expiry token_expires_at tokenExpiration \
        token_id token_url TOKEN_URL token_endpoint token_lifetime token_ttl token_name token_address token_issuer token_valid_hours token_user \
        password_changed_at password_length password_policy password_reset passwordReset password_required password_strength password_field password_validators has_password is_password_set \
        forgot_password reset_password change_password check_password verify_password hash_password get_password set_password password_hint password_error passwordless PASSWORD_HASHERS password_min_length password_expired password_manager show_password \
        generate_token get_token create_token validate_token verify_token decode_token is_token_valid secret_name secretName SecretId secret_id secret_arn secret_version is_secret top_secret secretary \
        secrets_manager secret_manager secret_santa_id session_id sessionId SessionId session user_session session_name sid client_id clientId app_id user_id userId account_id tenant_id id uuid username user_name \
        author authority authorized auth auth_type authentication authorization_url authorization_type authorizer author_id access access_level access_type \
        pinned pins spinner pincode pin_code shipping pinterest is_pin gpio_pin led_pin zip_code status_code country_code promo_code discount_code code error_code source_code postal_code language_code qr_code barcode \
        mfa mfa_enabled mfa_type mfaRequired otp_enabled two_factor_enabled hash file_hash content_hash commit_hash md5 sha256 checksum digest hashed \
        boarding_pass passenger passport passed compass bypass test_pass ski_pass pass_count pass_rate password_attempts low_pass render_pass \
        card card_type card_brand card_last4 credit_card_type scorecard cards library_card_number supports_credentials allow_credentials with_credentials AccessControlAllowCredentials \
        api_key_header api_key_name api_key_id apiKeyId api_key_created_at api_key_prefix api_key_required api_key_location APIKeyHeader api api_url api_version api_gateway access_key_last_used cookie_name cookie_consent cookies \
        anon_key SUPABASE_ANON_KEY description title name email price quantity created_at updated_at state nonce signature certificate endpoint_url region ttl status type data value country monkey_patch keyed \
        salt tokens_used tokens_per_minute token_budget secret_question AttributesToGet KeysAndAttributes UnprocessedKeys dict_keys private private_ip is_private credential_id";
    let wrong: Vec<_> = names.split_whitespace().filter_map(|name| Some((name, key_kind(name)?))).collect();
    assert!(wrong.is_empty(), "taken for keys: {wrong:?}");
}

#[test]
fn names_of_private_data() {
    for name in "email Email user_email e_mail phone phone_number mobile address home_address street zip_code ssn date_of_birth dob birthday salary role roles \
        is_admin admin iban bank_account account_number ip ip_address first_name lastName full_name passport_number user_agent internal_notes medical_record age \
        latitude marital_status permissions pincode credit_limit gender contact_email emailAddress security_question"
        .split_whitespace()
    {
        assert!(is_private(name), "{name} is private");
    }
    for name in "id name title price quantity description created_at notes page image max_age cache_age status category isbn year author url email_verified \
        email_sent email_template count role_arn_pattern card cards message location ship shipping zipper tips recipe emailed_at address_count phone_verified"
        .split_whitespace()
    {
        assert!(!is_private(name), "{name}");
    }
}

#[test]
fn the_users_own_list_comes_first() {
    let names = UserNames::new(["x-tenant-code", "legacy_*"], ["token", "api_key"]);
    assert_eq!(names.key_kind("X_Tenant_Code"), Some(KeyKind::Secret));
    assert_eq!(names.key_kind("legacyBlob"), Some(KeyKind::Secret));
    assert_eq!(names.key_kind("apiKey"), None);
    assert_eq!(names.key_kind("password"), Some(KeyKind::Password));
}

#[test]
fn a_hostile_name_costs_nothing() {
    assert_eq!(key_kind(&"apikey".repeat(100_000)), None);
    assert_eq!(key_kind(&"xx".repeat(55)), None);
    assert_eq!(key_kind(""), None);
    assert_eq!(key_kind("___"), None);
    assert!(!is_private("é".repeat(50).as_str()));
}
