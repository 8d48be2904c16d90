"""Who keeps books and where: consortium, province, city, county, township and village, with hours and calendars."""
