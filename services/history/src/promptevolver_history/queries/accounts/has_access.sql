select exists (select from users) or exists (select from api_keys)
