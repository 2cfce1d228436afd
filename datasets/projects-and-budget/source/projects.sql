-- One row for each project, with what has been paid for it so far.
SELECT
    project.project_id,
    project.project_name,
    project.program_code,
    project.province,
    project.fiscal_year,
    project.approved_on,
    project.budget AS budget_baht,
    COALESCE(SUM(payment.amount), 0) AS paid_baht,
    project.status
FROM project
LEFT JOIN payment ON payment.project_id = project.project_id
GROUP BY project.project_id
ORDER BY project.project_id
