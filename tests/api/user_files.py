"""Exports as telephone systems, survey tools, rosters and books write them, each under its file's name."""

FILES = {
    "aircall_calls.csv": """\
Call ID;Line;Direction;Date (Europe/Berlin);Answered;Waiting Time;In Call Duration;Hold Duration;After Call Work;User;Teams;From;Missed Call Reason;Cost (EUR);Ticket Number
C-1;Support DE;inbound;03.02.2026 09:00:10;Yes;00:00:12;00:05:12;00:00:30;00:01:00;Jana Kraus;Tier 1;+49 30 1234;;"1,25";T-1
C-2;Support DE;inbound;03.02.2026 09:30:00;No;00:02:40;;;;;Tier 1;+49 30 9999;abandoned;"0,10";
C-3;Sales;outbound;03.02.2026 10:05:00;Yes;00:00:05;00:12:00;00:00:00;00:00:30;Omar Haddad;Tier 2;+49 30 7777;;"2,00";
C-4;Support DE;inbound;04.02.2026 11:00:00;Yes;00:00:25;01:02:03;00:04:00;00:02:00;Jana Kraus;Tier 1;+49 30 5555;;"9,75";T-2
C-5;Support DE;inbound;13.02.2026 16:45:00;No;00:00:45;;;;;Tier 1;+49 30 4444;voicemail;"0,20";
""",
    "survey_answers.csv": """\
Response ID,Survey Sent,Response Date,Ticket Number,Survey Type,Rating,Comments,Assigned Agent,Group,Customer Email
1,02/13/2026 9:00 AM,02/14/2026 10:30 AM,T-1,CSAT,5,Great help,Jana Kraus,Tier 1,ann@x.com
2,02/13/2026 9:00 AM,02/13/2026 1:05 PM,T-2,CSAT,2,Slow,Omar Haddad,Tier 2,bob@x.com
3,02/15/2026 9:00 AM,,T-3,CSAT,,,Jana Kraus,Tier 1,cy@x.com
4,02/16/2026 9:00 AM,02/16/2026 9:05 PM,T-4,NPS,9,,Jana Kraus,Tier 1,di@x.com
5,02/16/2026 9:00 AM,02/17/2026 9:05 AM,T-5,NPS,3,,Omar Haddad,Tier 2,ed@x.com
6,02/16/2026 9:00 AM,02/17/2026 9:15 AM,T-6,CES,6,,Omar Haddad,Tier 2,fi@x.com
""",
    "agent_status_log.csv": """\
Agent Name,Team,Status,Start Time,End Time,Duration
Jana Kraus,Tier 1,Ready,03/02/2026 08:00,03/02/2026 10:00,02:00:00
Jana Kraus,Tier 1,On Call,03/02/2026 10:00,03/02/2026 11:30,01:30:00
Jana Kraus,Tier 1,Lunch,03/02/2026 11:30,03/02/2026 12:00,00:30:00
Jana Kraus,Tier 1,After Call Work,03/02/2026 12:00,03/02/2026 13:00,01:00:00
Omar Haddad,Tier 2,Ready,23/02/2026 09:00,23/02/2026 12:00,03:00:00
Omar Haddad,Tier 2,Logged Out,23/02/2026 12:00,23/02/2026 17:00,05:00:00
""",
    "shift_roster.csv": """\
Employee,Department,Shift Type,Shift Start,Shift End,Paid
Jana Kraus,Tier 1,Regular,03/02/2026 08:00,03/02/2026 12:00,Yes
Jana Kraus,Tier 1,Lunch,03/02/2026 12:00,03/02/2026 12:30,No
Omar Haddad,Tier 2,Regular,03/02/2026 09:00,03/02/2026 17:00,Yes
Omar Haddad,Tier 2,Vacation,24/02/2026 09:00,24/02/2026 17:00,Yes
""",
    "buchungen.csv": """\
Buchungsdatum;Belegnummer;Art;Betrag;Währung;Verwendungszweck;Kundennummer;Mitarbeiter;Kostenstelle
03.02.2026;R-1;Umsatz;1.234,50 €;EUR;Subscription;K-1;;Tier 1
05.02.2026;R-2;Umsatz;200,00 €;EUR;Subscription;K-2;;Tier 1
14.02.2026;R-3;Kosten;50,25 €;EUR;Refund;K-1;Jana Kraus;Tier 1
28.02.2026;R-4;Kosten;3.000,00 €;EUR;Gehalt;;Omar Haddad;Tier 2
""",
    "crm_contacts.csv": """\
Record ID,First Name,Last Name,Email,Phone Number,Associated Company,Create Date,Plan,Customer Tier,Churn Date
11,Ann,Lee,ann@x.com,+1 555,Acme GmbH,2025-12-03 10:00,Pro,Gold,
12,Bob,Ray,bob@x.com,+1 556,Blue Ltd,2026-01-05 10:00,Basic,Silver,2026-02-20 00:00
13,Cy,Fox,cy@x.com,+1 557,Blue Ltd,2026-02-10 10:00,Basic,Silver,
""",
    "crm_companies.csv": """\
Record ID,Company name,Company Domain Name,Industry,Annual Revenue,Create Date,Tier
901,Acme GmbH,acme.de,Manufacturing,"$120,000",2024-05-01 10:00,Enterprise
902,Blue Ltd,blue.co.uk,Retail,"$8,500",2025-01-15 09:30,Standard
""",
    "assistant_log.csv": """\
Session ID,Message ID,Timestamp,User Message,Bot Response,Model,Latency (ms),Prompt Tokens,Completion Tokens,Cost USD,Error,Escalated To Human,User ID
s1,m1,2026-02-03 10:00:00,Where is my parcel?,It is on its way.,gpt-4o-mini,850,320,45,0.0012,false,false,u1
s1,m2,2026-02-03 10:01:00,When does it come?,Tomorrow.,gpt-4o-mini,1200,400,20,0.0010,false,false,u1
s2,m3,2026-02-04 11:00:00,Cancel please,,gpt-4o-mini,15000,500,0,0.0020,true,true,u2
""",
    "mentions.csv": """\
Tweet ID,Author,Created At,Text,Likes,Retweets,Replies,Impressions,Hashtags,Location,Sentiment
90001,@ann,2026-02-03 10:00:00,Your app is down again #fail #outage,10,3,2,1500,"fail, outage",Berlin,negative
90002,@bob,2026-02-03 11:00:00,Love the new update,25,5,1,4000,,Paris,positive
90003,@cy,2026-02-04 12:00:00,When is it back? #outage,0,0,0,120,outage,Berlin,neutral
""",
    "qa_evaluations.csv": """\
Evaluation ID,Evaluator,Agent Reviewed,Ticket ID,Evaluation Date,Total Score,Scorecard,Coaching Notes
e1,Petra Lang,Jana Kraus,T-1,2026-02-05,92%,Voice v2,Good greeting
e2,Petra Lang,Omar Haddad,T-2,2026-02-06,60%,Voice v2,Missed the closing
e3,Petra Lang,Omar Haddad,T-3,2026-02-07,80%,Voice v2,
""",
    "help_articles.csv": """\
Article ID,Title,HTML URL,Section,Locale,Views,Published At,Last Updated,Body
1,Reset your password,https://x/1,Account,en-us,"1,204",2025-03-01,2026-01-01,Open settings and choose reset.
2,Track a parcel,https://x/2,Shipping,en-us,88,2025-04-01,2026-01-05,Use the tracking number in the mail.
""",
    "staff.csv": """\
Agent ID,Full Name,Email,Group,Role,Hourly Rate,Start Date,End Date
7,Jana Kraus,jana@desk.io,Tier 1,Agent,€25.50,2024-01-08,
8,Omar Haddad,omar@desk.io,Tier 2,Senior,€31.00,2023-05-02,
""",
    "groups.csv": """\
Group ID,Group Name,Time Zone
1,Tier 1,Europe/Berlin
2,Tier 2,Europe/London
""",
    "explore_tickets.csv": """\
Ticket ID,Ticket created at,Ticket solved at,Ticket status,Ticket group,Assignee name,First reply time (min),First resolution time (min),Requester wait time (min),Agent wait time (min),On hold time (min),Internal comments,SLA breached
9001,2026-02-02T09:00:00Z,2026-02-02T12:00:00Z,Solved,Tier 1,Jana Kraus,15,180,120,60,0,2,false
9002,2026-02-03T09:00:00Z,2026-02-04T09:00:00Z,Closed,Tier 2,Omar Haddad,90,1200,900,540,30,0,true
9003,2026-02-04T09:00:00Z,,Open,Tier 2,Omar Haddad,45,,,,,1,false
""",
}
